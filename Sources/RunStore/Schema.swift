import GRDB

/// The database's tables; migrations are appended, never edited.
enum Schema {
  /// `PDPS` in ASCII.
  static let applicationID = 0x5044_5053

  static func migrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("v1 runs") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: tablesV1)
      try db.execute(sql: viewsV1)
    }
    migrator.registerMigration("v2 counts of channels") { db in
      try db.execute(sql: prunedCountsV2)
    }
    migrator.registerMigration("v3 questions") { db in
      try db.execute(sql: questionsV3)
    }
    migrator.registerMigration("v4 layers by step") { db in
      try db.execute(sql: layerStepsV4)
    }
    migrator.registerMigration("v5 latencies") { db in
      try db.execute(sql: latenciesV5)
    }
    migrator.registerMigration("v6 checks") { db in
      try db.execute(sql: checksV6)
    }
    return migrator
  }

  /// Tables in the order in which rows can be inserted under their foreign keys.
  static let tables = [
    "study", "plan", "dataset", "spec", "param", "arm", "run", "planRun", "attempt", "metric", "result", "layer",
    "layerStat", "checkpoint", "event", "published", "journalCursor", "latencyFile", "latency",
  ]

  private static let tablesV1 = """
    CREATE TABLE study (
      slug TEXT NOT NULL PRIMARY KEY,
      title TEXT NOT NULL,
      question TEXT NOT NULL,
      sourcePath TEXT NOT NULL,
      sourceDigest TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE plan (
      id TEXT NOT NULL PRIMARY KEY,
      study TEXT NOT NULL REFERENCES study (slug),
      profile TEXT NOT NULL,
      vocabulary INTEGER NOT NULL,
      json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX planByStudy ON plan (study, profile);

    CREATE TABLE dataset (
      fingerprint TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE spec (
      id TEXT NOT NULL PRIMARY KEY,
      profile TEXT NOT NULL,
      dataset TEXT NOT NULL REFERENCES dataset (fingerprint),
      model TEXT NOT NULL,
      method TEXT NOT NULL,
      structure TEXT NOT NULL,
      sparsity REAL NOT NULL CHECK (sparsity BETWEEN 0 AND 1),
      epochs INTEGER NOT NULL,
      json TEXT NOT NULL
    ) STRICT;

    CREATE TABLE param (
      spec TEXT NOT NULL REFERENCES spec (id),
      key TEXT NOT NULL,
      type TEXT NOT NULL CHECK (type IN ('text', 'number', 'boolean', 'case')),
      text TEXT NOT NULL,
      number REAL,
      PRIMARY KEY (spec, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX paramByKey ON param (key, text);

    CREATE TABLE arm (
      plan TEXT NOT NULL REFERENCES plan (id),
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      spec TEXT NOT NULL REFERENCES spec (id),
      PRIMARY KEY (plan, position),
      UNIQUE (plan, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX armBySpec ON arm (spec);

    CREATE TABLE run (
      id TEXT NOT NULL PRIMARY KEY,
      study TEXT NOT NULL REFERENCES study (slug),
      spec TEXT NOT NULL REFERENCES spec (id),
      replicate INTEGER NOT NULL CHECK (replicate >= 0),
      seed INTEGER NOT NULL,
      numerics INTEGER,
      status TEXT NOT NULL DEFAULT 'planned' CHECK (
        status IN ('planned', 'running', 'succeeded', 'failed', 'diverged', 'interrupted', 'lost')
      ),
      reason TEXT NOT NULL DEFAULT '',
      step INTEGER,
      weightsDigest TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runByStudy ON run (study);
    CREATE INDEX runBySpec ON run (spec);

    CREATE TABLE planRun (
      plan TEXT NOT NULL REFERENCES plan (id),
      position INTEGER NOT NULL,
      run TEXT NOT NULL REFERENCES run (id),
      PRIMARY KEY (plan, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX planRunByRun ON planRun (run);

    CREATE TABLE attempt (
      run TEXT NOT NULL REFERENCES run (id),
      n INTEGER NOT NULL CHECK (n >= 1),
      plan TEXT NOT NULL,
      firstStep INTEGER,
      backend TEXT NOT NULL,
      host TEXT NOT NULL,
      bootID TEXT NOT NULL,
      pid INTEGER NOT NULL,
      pidStartTicks INTEGER NOT NULL,
      threads INTEGER NOT NULL,
      codeCommit TEXT NOT NULL,
      isDirty INTEGER NOT NULL CHECK (isDirty IN (0, 1)),
      binaryDigest TEXT NOT NULL,
      toolchain TEXT NOT NULL,
      cpu TEXT NOT NULL,
      libraries TEXT NOT NULL,
      status TEXT NOT NULL CHECK (
        status IN ('running', 'succeeded', 'failed', 'diverged', 'interrupted', 'lost')
      ),
      reason TEXT NOT NULL DEFAULT '',
      exitCode INTEGER,
      step INTEGER,
      weightsDigest TEXT,
      peakMemoryBytes INTEGER,
      startedAt REAL NOT NULL,
      beatAt REAL NOT NULL,
      endedAt REAL,
      PRIMARY KEY (run, n)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX liveAttempt ON attempt (run) WHERE status = 'running';

    CREATE TABLE metric (
      run TEXT NOT NULL,
      name TEXT NOT NULL,
      split TEXT NOT NULL,
      step INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      epoch REAL NOT NULL,
      value REAL,
      kind TEXT NOT NULL CHECK (kind IN ('finite', 'nan', '+inf', '-inf')),
      time REAL NOT NULL,
      PRIMARY KEY (run, name, split, step, attempt),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n),
      CHECK ((kind = 'finite') = (value IS NOT NULL))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE result (
      run TEXT NOT NULL,
      name TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      step INTEGER NOT NULL,
      selection TEXT NOT NULL CHECK (selection IN ('last', 'best on validation')),
      value REAL,
      kind TEXT NOT NULL CHECK (kind IN ('finite', 'nan', '+inf', '-inf')),
      PRIMARY KEY (run, name),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n),
      CHECK ((kind = 'finite') = (value IS NOT NULL))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE layer (
      spec TEXT NOT NULL REFERENCES spec (id),
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      operation TEXT NOT NULL,
      shape TEXT NOT NULL,
      parameters INTEGER NOT NULL,
      macs INTEGER NOT NULL,
      isPrunable INTEGER NOT NULL CHECK (isPrunable IN (0, 1)),
      reason TEXT NOT NULL,
      PRIMARY KEY (spec, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE layerStat (
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
      PRIMARY KEY (run, layer, step, attempt),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE checkpoint (
      run TEXT NOT NULL,
      step INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      directory TEXT NOT NULL,
      digest TEXT NOT NULL,
      time REAL NOT NULL,
      PRIMARY KEY (run, step, attempt),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE event (
      run TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
      kind TEXT NOT NULL,
      message TEXT NOT NULL,
      time REAL NOT NULL,
      PRIMARY KEY (run, attempt, seq),
      FOREIGN KEY (run, attempt) REFERENCES attempt (run, n)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE published (
      study TEXT NOT NULL REFERENCES study (slug),
      position INTEGER NOT NULL,
      model TEXT NOT NULL,
      dataset TEXT NOT NULL,
      method TEXT NOT NULL,
      structure TEXT NOT NULL,
      sparsity REAL NOT NULL,
      metric TEXT NOT NULL,
      value REAL NOT NULL,
      citation TEXT NOT NULL,
      note TEXT NOT NULL,
      PRIMARY KEY (study, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE journalCursor (
      journal TEXT NOT NULL PRIMARY KEY,
      run TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      byteOffset INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      digest TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
