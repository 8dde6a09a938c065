/// The database's public face: queries that people and reports build on.
extension Schema {
  /// Views of migration v1.
  ///
  /// - `v_runs`: one row a run, with its headline numbers. `sparsity` is what is asked for, of channels where they are
  ///   pruned; `sparsityAchieved` is always of weights, which lose more than the channels' share: `v_pruned_counts` has
  ///   both in one unit.
  /// - `v_metrics`, `v_layer_stats`: the lineage that counts. From the first step on which a later attempt reported
  ///   anything, the points of the attempts before it are superseded.
  /// - `v_replay_audit`: metrics that two attempts computed for one step and did not agree on; it should be empty.
  ///   Metrics that measure time differ by nature and are left out.
  /// - `v_seed_summary`: mean and sample variance over the replicates of one configuration, one numerics version.
  /// - `v_pruned_counts`: requested, scheduled and achieved numbers of pruned weights a finished run.
  /// - `v_published_vs_reproduced`: only a run at the paper's own scale is comparable with the paper.
  static let viewsV1 = """
    CREATE VIEW v_runs AS
    SELECT
      run.id AS run, run.study, spec.profile,
      (SELECT group_concat(name, ', ') FROM (
        SELECT DISTINCT arm.name FROM arm
        JOIN planRun ON planRun.plan = arm.plan
        WHERE arm.spec = run.spec AND planRun.run = run.id
        ORDER BY arm.name
      )) AS arm,
      spec.model, dataset.name AS dataset, spec.method, spec.structure, spec.sparsity,
      run.replicate, run.seed, run.numerics, run.status, run.reason, run.step, spec.epochs,
      (SELECT count(*) FROM attempt WHERE attempt.run = run.id) AS attempts,
      top1.value AS top1,
      achieved.value / prunable.value AS sparsityAchieved,
      (SELECT min(startedAt) FROM attempt WHERE attempt.run = run.id) AS startedAt,
      (SELECT max(coalesce(endedAt, beatAt)) FROM attempt WHERE attempt.run = run.id) AS endedAt,
      seconds.value AS trainingSeconds,
      run.weightsDigest, run.spec
    FROM run
    JOIN spec ON spec.id = run.spec
    JOIN dataset ON dataset.fingerprint = spec.dataset
    LEFT JOIN result AS top1 ON top1.run = run.id AND top1.name = 'top1'
    LEFT JOIN result AS achieved ON achieved.run = run.id AND achieved.name = 'weights-pruned-achieved'
    LEFT JOIN result AS prunable ON prunable.run = run.id AND prunable.name = 'weights-prunable'
    LEFT JOIN result AS seconds ON seconds.run = run.id AND seconds.name = 'training-seconds';

    CREATE VIEW v_metrics AS
    SELECT metric.run, metric.name, metric.split, metric.step, metric.epoch, metric.value, metric.kind,
      metric.attempt, metric.time
    FROM metric
    WHERE NOT EXISTS (
      SELECT 1 FROM attempt AS later
      WHERE later.run = metric.run AND later.n > metric.attempt AND later.firstStep <= metric.step
    );

    CREATE VIEW v_layer_stats AS
    SELECT layerStat.run, layerStat.layer, layer.name, layerStat.step, layerStat.epoch, layerStat.nonzero,
      layerStat.total, layerStat.threshold, layerStat.relativeTemperature, layerStat.maskFlips,
      layerStat.weightNorm, layerStat.attempt
    FROM layerStat
    JOIN run ON run.id = layerStat.run
    LEFT JOIN layer ON layer.spec = run.spec AND layer.position = layerStat.layer
    WHERE NOT EXISTS (
      SELECT 1 FROM attempt AS later
      WHERE later.run = layerStat.run AND later.n > layerStat.attempt AND later.firstStep <= layerStat.step
    );

    CREATE VIEW v_replay_audit AS
    SELECT earlier.run, earlier.name, earlier.split, earlier.step,
      earlier.attempt AS attempt, earlier.value AS value, earlier.kind AS kind,
      later.attempt AS laterAttempt, later.value AS laterValue, later.kind AS laterKind
    FROM metric AS earlier
    JOIN metric AS later
      ON later.run = earlier.run AND later.name = earlier.name AND later.split = earlier.split
      AND later.step = earlier.step AND later.attempt > earlier.attempt
    WHERE earlier.name NOT IN ('examples-per-second')
      AND (earlier.value IS NOT later.value OR earlier.kind <> later.kind);

    CREATE VIEW v_seed_summary AS
    WITH mean AS (
      SELECT run.spec, run.study, run.numerics, result.name, count(*) AS n, avg(result.value) AS mean
      FROM result JOIN run ON run.id = result.run
      WHERE run.status = 'succeeded' AND result.kind = 'finite'
      GROUP BY run.spec, run.study, run.numerics, result.name
    )
    SELECT mean.study, spec.profile, spec.method, spec.structure, spec.sparsity, mean.spec, mean.numerics, mean.name,
      mean.n, mean.mean,
      CASE WHEN mean.n > 1 THEN (
        SELECT sum((result.value - mean.mean) * (result.value - mean.mean)) / (mean.n - 1)
        FROM result JOIN run ON run.id = result.run
        WHERE run.spec = mean.spec AND run.study = mean.study AND run.numerics IS mean.numerics
          AND run.status = 'succeeded' AND result.name = mean.name AND result.kind = 'finite'
      ) END AS variance
    FROM mean JOIN spec ON spec.id = mean.spec;

    CREATE VIEW v_pruned_counts AS
    SELECT v_runs.run, v_runs.study, v_runs.profile, v_runs.arm, v_runs.replicate, v_runs.sparsity,
      CAST(prunable.value AS INTEGER) AS prunable,
      CAST(requested.value AS INTEGER) AS requested,
      CAST(scheduled.value AS INTEGER) AS scheduled,
      CAST(achieved.value AS INTEGER) AS achieved,
      requested.value IS scheduled.value AND scheduled.value IS achieved.value AS agree
    FROM v_runs
    LEFT JOIN result AS prunable ON prunable.run = v_runs.run AND prunable.name = 'weights-prunable'
    LEFT JOIN result AS requested ON requested.run = v_runs.run AND requested.name = 'weights-pruned-requested'
    LEFT JOIN result AS scheduled ON scheduled.run = v_runs.run AND scheduled.name = 'weights-pruned-scheduled'
    LEFT JOIN result AS achieved ON achieved.run = v_runs.run AND achieved.name = 'weights-pruned-achieved'
    WHERE v_runs.status = 'succeeded';

    CREATE VIEW v_published_vs_reproduced AS
    SELECT published.study, published.model, published.dataset, published.method, published.structure,
      published.sparsity, published.metric, published.value AS publishedPercent, published.citation, published.note,
      summary.profile, summary.spec, summary.numerics, 100 * summary.mean AS reproducedPercent, summary.n,
      10000 * summary.variance AS variancePercent2,
      summary.profile = 'paper' AS isComparable
    FROM published
    LEFT JOIN v_seed_summary AS summary
      ON summary.study = published.study AND summary.method = published.method
      AND summary.structure = published.structure AND abs(summary.sparsity - published.sparsity) < 1e-9
      AND summary.name = published.metric;
    """

  /// `v_pruned_counts` counts channels where they are what is pruned, and says so in `unit`.
  static let prunedCountsV2 = """
    DROP VIEW v_pruned_counts;
    CREATE VIEW v_pruned_counts AS
    SELECT v_runs.run, v_runs.study, v_runs.profile, v_runs.arm, v_runs.replicate, v_runs.sparsity, counts.unit,
      counts.prunable, counts.requested, counts.scheduled, counts.achieved,
      counts.requested IS counts.scheduled AND counts.scheduled IS counts.achieved AS agree
    FROM v_runs
    JOIN (
      SELECT result.run, iif(channels.run IS NULL, 'weights', 'channels') AS unit,
        max(CAST(result.value AS INTEGER)) FILTER (WHERE result.name LIKE '%-prunable') AS prunable,
        max(CAST(result.value AS INTEGER)) FILTER (WHERE result.name LIKE '%-requested') AS requested,
        max(CAST(result.value AS INTEGER)) FILTER (WHERE result.name LIKE '%-scheduled') AS scheduled,
        max(CAST(result.value AS INTEGER)) FILTER (WHERE result.name LIKE '%-achieved') AS achieved
      FROM result
      LEFT JOIN result AS channels ON channels.run = result.run AND channels.name = 'channels-prunable'
      WHERE result.name LIKE iif(channels.run IS NULL, 'weights-p%', 'channels-p%')
      GROUP BY result.run
    ) AS counts ON counts.run = v_runs.run
    WHERE v_runs.status = 'succeeded';
    """
}
