/// Migration v4: what layers did, ordered by step.
///
/// The rows of `layerStat` are the same, but its key has the step before the layer. So points arrive in the key's order, and
/// `v_mask_churn` can sum over a step's layers without sorting all runs first.
extension Schema {
  static let layerStepsV4 = """
    DROP VIEW v_mask_churn;
    DROP VIEW v_layer_stats;

    CREATE TABLE layerStatByStep (
      run TEXT NOT NULL,
      layer INTEGER NOT NULL,
      step INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      epoch REAL NOT NULL,
      nonzero INTEGER NOT NULL,
      total INTEGER NOT NULL,
      threshold REAL,
      relativeTemperature REAL,
      maskFlips INTEGER NOT NULL,
      weightNorm REAL,
      PRIMARY KEY (run, step, layer, attempt),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO layerStatByStep SELECT * FROM layerStat ORDER BY run, step, layer, attempt;
    DROP TABLE layerStat;
    ALTER TABLE layerStatByStep RENAME TO layerStat;

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

    CREATE VIEW v_mask_churn AS
    SELECT run, step, epoch, sum(maskFlips) AS flips, sum(total) AS weights,
      CAST(sum(maskFlips) AS REAL) / sum(total) AS share
    FROM layerStat
    WHERE NOT EXISTS (
      SELECT 1 FROM layerStat AS later
      WHERE later.run = layerStat.run AND later.layer = layerStat.layer AND later.step = layerStat.step
        AND later.attempt > layerStat.attempt
    ) AND NOT EXISTS (
      SELECT 1 FROM attempt AS later
      WHERE later.run = layerStat.run AND later.n > layerStat.attempt AND later.firstStep < layerStat.step
    )
    GROUP BY run, step;
    """
}
