/// Views of migration v3: questions that people ask again and again, and two of the earlier views put right.
extension Schema {
  /// What each view tells, by its name.
  static let viewDescriptions: [String: String] = [
    "v_runs": "one row a run: configuration, status, headline numbers",
    "v_metrics": "every metric point that counts, by run, name, split and step",
    "v_layer_stats": "nonzero weights, thresholds and mask flips of every layer over training, as far as they count",
    "v_replay_audit": "points that two attempts at one run computed differently; empty if all is well",
    "v_seed_summary": "mean and variance over the replicates of each configuration and result",
    "v_pruned_counts": "requested, scheduled and achieved numbers of pruned weights or channels, a finished run",
    "v_published_vs_reproduced": "published values beside means over replicates",
    "v_best_arm": "the arm with the best mean at each sparsity of a study, for each measure",
    "v_slowest_runs": "finished runs by seconds of training, the slowest first",
    "v_accuracy_lost": "what each method loses to the dense network of the same replicate, in points of percent",
    "v_mask_churn": "share of a run's weights whose mask changed between two points of training",
    "v_latencies": "the newest measurement of each run's network in use, by batch, threads and processor",
    "v_run_facts": "everything about a run, as key and value",
  ]

  /// - `v_metrics`, `v_layer_stats`: a later attempt supersedes what it repeats, and what lies behind the first step it
  ///   reported on. At that step itself it may have less to say: one that goes on from the last checkpoint only finishes.
  ///   Points of the searches for a sparsity and counts of texts have no steps of training: only repeating supersedes them.
  /// - `v_replay_audit`: the same rows as before, found by looking only at runs with more than one attempt.
  /// - Column `firstStep` of `attempt`: without the counts of texts, which were taken for steps.
  static let questionsV3 = """
    UPDATE attempt SET firstStep = (
      SELECT min(step) FROM (
        SELECT step FROM metric
        WHERE metric.run = attempt.run AND metric.attempt = attempt.n AND split NOT IN ('search', 'lengths')
        UNION ALL
        SELECT step FROM layerStat WHERE layerStat.run = attempt.run AND layerStat.attempt = attempt.n
      )
    );

    DROP VIEW v_metrics;
    CREATE VIEW v_metrics AS
    SELECT metric.run, metric.name, metric.split, metric.step, metric.epoch, metric.value, metric.kind,
      metric.attempt, metric.time
    FROM metric
    WHERE NOT EXISTS (
      SELECT 1 FROM metric AS later
      WHERE later.run = metric.run AND later.name = metric.name AND later.split = metric.split
        AND later.step = metric.step AND later.attempt > metric.attempt
    ) AND (metric.split IN ('search', 'lengths') OR NOT EXISTS (
      SELECT 1 FROM attempt AS later
      WHERE later.run = metric.run AND later.n > metric.attempt AND later.firstStep < metric.step
    ));

    DROP VIEW v_layer_stats;
    CREATE VIEW v_layer_stats AS
    SELECT layerStat.run, layerStat.layer, layer.name, layerStat.step, layerStat.epoch, layerStat.nonzero,
      layerStat.total, layerStat.threshold, layerStat.relativeTemperature, layerStat.maskFlips,
      layerStat.weightNorm, layerStat.attempt
    FROM layerStat
    JOIN run ON run.id = layerStat.run
    LEFT JOIN layer ON layer.spec = run.spec AND layer.position = layerStat.layer
    WHERE NOT EXISTS (
      SELECT 1 FROM layerStat AS later
      WHERE later.run = layerStat.run AND later.layer = layerStat.layer AND later.step = layerStat.step
        AND later.attempt > layerStat.attempt
    ) AND NOT EXISTS (
      SELECT 1 FROM attempt AS later
      WHERE later.run = layerStat.run AND later.n > layerStat.attempt AND later.firstStep < layerStat.step
    );

    DROP VIEW v_replay_audit;
    CREATE VIEW v_replay_audit AS
    SELECT earlier.run, earlier.name, earlier.split, earlier.step,
      earlier.attempt AS attempt, earlier.value AS value, earlier.kind AS kind,
      later.attempt AS laterAttempt, later.value AS laterValue, later.kind AS laterKind
    FROM (SELECT DISTINCT run FROM attempt WHERE n > 1) AS repeated
    JOIN metric AS earlier ON earlier.run = repeated.run
    JOIN metric AS later
      ON later.run = earlier.run AND later.name = earlier.name AND later.split = earlier.split
      AND later.step = earlier.step AND later.attempt > earlier.attempt
    WHERE earlier.name NOT IN ('examples-per-second')
      AND (earlier.value IS NOT later.value OR earlier.kind <> later.kind);

    CREATE VIEW v_best_arm AS
    WITH mean AS (
      SELECT v_runs.study, v_runs.profile, v_runs.structure, v_runs.sparsity, v_runs.numerics, result.name AS measure,
        v_runs.arm, count(*) AS n, avg(result.value) AS mean
      FROM v_runs JOIN result ON result.run = v_runs.run
      WHERE v_runs.status = 'succeeded' AND result.kind = 'finite'
        AND result.name IN ('top1', 'top1-mismatched', 'f1', 'matthews', 'pearson', 'spearman')
      GROUP BY v_runs.study, v_runs.profile, v_runs.spec, v_runs.numerics, result.name
    )
    SELECT study, profile, structure, sparsity, measure, arm, n, mean, numerics, arms FROM (
      SELECT *, count(*) OVER place AS arms,
        row_number() OVER (PARTITION BY study, profile, structure, sparsity, numerics, measure
          ORDER BY mean DESC, arm) AS rank
      FROM mean WINDOW place AS (PARTITION BY study, profile, structure, sparsity, numerics, measure)
    ) WHERE rank = 1
    ORDER BY study, profile, structure, sparsity, measure, numerics;

    CREATE VIEW v_slowest_runs AS
    SELECT run, study, profile, arm, replicate, trainingSeconds, trainingSeconds / epochs AS secondsPerEpoch,
      (SELECT max(peakMemoryBytes) FROM attempt WHERE attempt.run = v_runs.run) AS peakMemoryBytes
    FROM v_runs WHERE trainingSeconds IS NOT NULL
    ORDER BY trainingSeconds DESC;

    CREATE VIEW v_accuracy_lost AS
    SELECT pruned.study, pruned.profile, pruned.method, pruned.structure, pruned.sparsity, pruned.arm, pruned.numerics,
      count(*) AS n, 100 * avg(dense.top1 - pruned.top1) AS meanLostPoints,
      100 * min(dense.top1 - pruned.top1) AS leastLostPoints, 100 * max(dense.top1 - pruned.top1) AS mostLostPoints
    FROM v_runs AS pruned
    JOIN v_runs AS dense ON dense.study = pruned.study AND dense.profile = pruned.profile
      AND dense.replicate = pruned.replicate AND dense.numerics IS pruned.numerics AND dense.arm = 'dense'
    WHERE pruned.status = 'succeeded' AND dense.status = 'succeeded' AND pruned.sparsity > 0
      AND pruned.top1 IS NOT NULL AND dense.top1 IS NOT NULL
    GROUP BY pruned.study, pruned.profile, pruned.spec, pruned.numerics
    ORDER BY pruned.study, pruned.profile, pruned.structure, pruned.sparsity, meanLostPoints;

    CREATE VIEW v_mask_churn AS
    SELECT run, step, epoch, sum(maskFlips) AS flips, sum(total) AS weights,
      CAST(sum(maskFlips) AS REAL) / sum(total) AS share
    FROM v_layer_stats GROUP BY run, step;

    CREATE VIEW v_run_facts AS
    SELECT id AS run, 'run' AS section, 'study' AS key, study AS value FROM run
    UNION ALL SELECT id, 'run', 'status', status FROM run
    UNION ALL SELECT id, 'run', 'reason', reason FROM run WHERE reason <> ''
    UNION ALL SELECT id, 'run', 'replicate', CAST(replicate AS TEXT) FROM run
    UNION ALL SELECT id, 'run', 'seed', CAST(seed AS TEXT) FROM run
    UNION ALL SELECT id, 'run', 'weights SHA-256', weightsDigest FROM run WHERE weightsDigest IS NOT NULL
    UNION ALL SELECT run.id, 'configuration', param.key, param.text
      FROM run JOIN param ON param.spec = run.spec WHERE param.type <> 'case'
    UNION ALL SELECT run, 'result', name, coalesce(CAST(value AS TEXT), kind) FROM result
    UNION ALL SELECT run, 'attempt ' || n, 'status', status FROM attempt
    UNION ALL SELECT run, 'attempt ' || n, 'commit', codeCommit || iif(isDirty, ' and local changes', '') FROM attempt
    UNION ALL SELECT run, 'attempt ' || n, 'host', host FROM attempt
    UNION ALL SELECT run, 'attempt ' || n, 'processor', cpu FROM attempt
    UNION ALL SELECT run, 'attempt ' || n, 'threads', CAST(threads AS TEXT) FROM attempt
    UNION ALL SELECT run, 'attempt ' || n, 'started', datetime(startedAt, 'unixepoch') FROM attempt
    UNION ALL SELECT run, 'attempt ' || attempt, 'event ' || kind, message FROM event;
    """
}
