/// Migration v6: the same rows, checked and looked up faster.
extension Schema {
  /// - `metric` and `result`: `kind IN (…)` made SQLite build a set of the four words for every row, which took more than
  ///   a third of an insertion. The constraint is the same, said with comparisons.
  /// - `v_accuracy_lost`: found from runs with a score instead of from `v_runs`, which names the arms of every run in all
  ///   its plans. Dense is now what any plan calls `dense`, where a run that another plan called otherwise was left out.
  /// - `v_published_vs_reproduced`: the same rows; means are taken of the results that were published only.
  ///
  /// The views that read the two tables stay: under `legacy_alter_table`, renaming leaves them as they are.
  static let checksV6 = """
    PRAGMA legacy_alter_table = ON;

    CREATE TABLE checkedMetric (
      run TEXT NOT NULL,
      name TEXT NOT NULL,
      split TEXT NOT NULL,
      step INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      epoch REAL NOT NULL,
      value REAL,
      kind TEXT NOT NULL,
      time REAL NOT NULL,
      PRIMARY KEY (run, name, split, step, attempt),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n),
      CHECK (CASE WHEN value IS NULL THEN kind = 'nan' OR kind = '+inf' OR kind = '-inf' ELSE kind = 'finite' END)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO checkedMetric SELECT * FROM metric ORDER BY run, name, split, step, attempt;
    DROP TABLE metric;
    ALTER TABLE checkedMetric RENAME TO metric;

    CREATE TABLE checkedResult (
      run TEXT NOT NULL,
      name TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      step INTEGER NOT NULL,
      selection TEXT NOT NULL CHECK (selection = 'last' OR selection = 'best on validation'),
      value REAL,
      kind TEXT NOT NULL,
      PRIMARY KEY (run, name),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n),
      CHECK (CASE WHEN value IS NULL THEN kind = 'nan' OR kind = '+inf' OR kind = '-inf' ELSE kind = 'finite' END)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO checkedResult SELECT * FROM result ORDER BY run, name;
    DROP TABLE result;
    ALTER TABLE checkedResult RENAME TO result;

    PRAGMA legacy_alter_table = OFF;

    DROP VIEW v_accuracy_lost;
    CREATE VIEW v_accuracy_lost AS
    WITH scored AS (
      SELECT run.id AS run, run.study, run.spec, run.replicate, run.numerics, spec.profile, spec.method, spec.structure,
        spec.sparsity, result.value AS top1
      FROM run
      JOIN spec ON spec.id = run.spec
      JOIN result ON result.run = run.id AND result.name = 'top1'
      WHERE run.status = 'succeeded' AND result.value IS NOT NULL
    ),
    dense AS (
      SELECT DISTINCT scored.study, scored.profile, scored.replicate, scored.numerics, scored.run, scored.top1
      FROM arm
      JOIN planRun ON planRun.plan = arm.plan
      JOIN scored ON scored.run = planRun.run AND scored.spec = arm.spec
      WHERE arm.name = 'dense'
    ),
    lost AS (
      SELECT pruned.study, pruned.profile, pruned.method, pruned.structure, pruned.sparsity, pruned.numerics,
        min(pruned.run) AS aRun, count(*) AS n, avg(dense.top1 - pruned.top1) AS mean,
        min(dense.top1 - pruned.top1) AS least, max(dense.top1 - pruned.top1) AS most
      FROM scored AS pruned
      JOIN dense ON dense.study = pruned.study AND dense.profile = pruned.profile
        AND dense.replicate = pruned.replicate AND dense.numerics IS pruned.numerics
      WHERE pruned.sparsity > 0
      GROUP BY pruned.study, pruned.profile, pruned.spec, pruned.numerics
    )
    SELECT study, profile, method, structure, sparsity, (SELECT arm FROM v_runs WHERE run = aRun) AS arm, numerics, n,
      100 * mean AS meanLostPoints, 100 * least AS leastLostPoints, 100 * most AS mostLostPoints
    FROM lost ORDER BY study, profile, structure, sparsity, meanLostPoints;

    DROP VIEW v_published_vs_reproduced;
    CREATE VIEW v_published_vs_reproduced AS
    WITH mean AS (
      SELECT run.spec, run.study, run.numerics, result.name, count(*) AS n, avg(result.value) AS mean
      FROM (SELECT DISTINCT metric FROM published) AS wanted
      JOIN run
      JOIN result ON result.run = run.id AND result.name = wanted.metric
      WHERE run.status = 'succeeded' AND result.kind = 'finite'
      GROUP BY run.spec, run.study, run.numerics, result.name
    ),
    summary AS (
      SELECT mean.*, spec.profile, spec.method, spec.structure, spec.sparsity,
        CASE WHEN mean.n > 1 THEN (
          SELECT sum((result.value - mean.mean) * (result.value - mean.mean)) / (mean.n - 1)
          FROM run JOIN result ON result.run = run.id AND result.name = mean.name
          WHERE run.spec = mean.spec AND run.study = mean.study AND run.numerics IS mean.numerics
            AND run.status = 'succeeded' AND result.kind = 'finite'
        ) END AS variance
      FROM mean JOIN spec ON spec.id = mean.spec
    )
    SELECT published.study, published.model, published.dataset, published.method, published.structure,
      published.sparsity, published.metric, published.value AS publishedPercent, published.citation, published.note,
      summary.profile, summary.spec, summary.numerics, 100 * summary.mean AS reproducedPercent, summary.n,
      10000 * summary.variance AS variancePercent2,
      summary.profile = 'paper' AS isComparable
    FROM published
    LEFT JOIN summary
      ON summary.study = published.study AND summary.method = published.method
      AND summary.structure = published.structure AND abs(summary.sparsity - published.sparsity) < 1e-9
      AND summary.name = published.metric;
    """
}
