/// Migration v5: what networks took in use.
///
/// Measurements belong to a machine and are taken after runs, whose journals are closed by then: they have files of their
/// own, and a row of `latency` is a line of one. Runs need not be known, since a file may come without their folders.
extension Schema {
  static let latenciesV5 = """
    CREATE TABLE latencyFile (
      file TEXT NOT NULL PRIMARY KEY,
      digest TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE latency (
      file TEXT NOT NULL REFERENCES latencyFile (file),
      line INTEGER NOT NULL,
      run TEXT NOT NULL,
      study TEXT NOT NULL,
      profile TEXT NOT NULL,
      weightsDigest TEXT NOT NULL,
      batch INTEGER NOT NULL CHECK (batch > 0),
      threads INTEGER NOT NULL CHECK (threads > 0),
      rounds INTEGER NOT NULL CHECK (rounds > 0),
      seconds REAL NOT NULL,
      lowerSeconds REAL NOT NULL,
      upperSeconds REAL NOT NULL,
      denseRun TEXT,
      denseSeconds REAL,
      denseLowerSeconds REAL,
      denseUpperSeconds REAL,
      layers INTEGER NOT NULL,
      layersDense INTEGER NOT NULL,
      activationBytes INTEGER NOT NULL,
      host TEXT NOT NULL,
      cpu TEXT NOT NULL,
      toolchain TEXT NOT NULL,
      codeCommit TEXT NOT NULL,
      isDirty INTEGER NOT NULL CHECK (isDirty IN (0, 1)),
      binaryDigest TEXT NOT NULL,
      backend TEXT NOT NULL,
      libraries TEXT NOT NULL,
      measuredAt REAL NOT NULL,
      PRIMARY KEY (file, line)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX latencyByRun ON latency (run, batch, measuredAt);

    CREATE VIEW v_latencies AS
    SELECT latency.run, v_runs.arm, v_runs.replicate, latency.study, latency.profile, v_runs.sparsity, v_runs.top1,
      latency.batch, latency.threads, 1000 * latency.seconds AS milliseconds,
      1000 * latency.lowerSeconds AS lowerMilliseconds, 1000 * latency.upperSeconds AS upperMilliseconds,
      latency.seconds / latency.denseSeconds AS ratioToDense, latency.batch / latency.seconds AS examplesPerSecond,
      latency.layers, latency.layersDense, latency.activationBytes,
      (SELECT value FROM result WHERE result.run = latency.run AND result.name = 'stored-bytes') AS storedBytes,
      (SELECT value FROM result WHERE result.run = latency.run AND result.name = 'macs-nonzero') AS macsNonzero,
      latency.cpu, latency.host, latency.measuredAt
    FROM latency LEFT JOIN v_runs ON v_runs.run = latency.run
    WHERE NOT EXISTS (
      SELECT 1 FROM latency AS later
      WHERE later.run = latency.run AND later.batch = latency.batch AND later.threads = latency.threads
        AND later.cpu = latency.cpu AND later.measuredAt > latency.measuredAt
    );
    """
}
