PRAGMA application_id = 1346654291;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE arm (
  plan TEXT NOT NULL REFERENCES plan (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  spec TEXT NOT NULL REFERENCES spec (id),
  PRIMARY KEY (plan, position),
  UNIQUE (plan, name)
) STRICT, WITHOUT ROWID;
INSERT INTO arm VALUES('727a05d33c3e',0,'dense','fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3');
INSERT INTO arm VALUES('727a05d33c3e',1,'pdp-0.9','6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087');
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
INSERT INTO attempt VALUES('1633f5ae496e',1,'727a05d33c3e',25,'local','old-host','b3e0637a-8841-4fd5-88ea-23300b2c262d',4544,152757,1,'ccb14b4a51807291d70b6d56393426db6e3cd543',0,'e1ec4c20451d48e8b1f6d8f5702d7a6e5e06df7e2f6e3b0eaebedb93a5055e53','swift 6.3 release','AMD EPYC','{"onednn":"2.6.3","openblas":"OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Zen MAX_THREADS=64"}','succeeded','',NULL,200,'21b9957121dada1771c1068568776b54a9c8fb461643edb76f5adb6c6c701a4a',849809408,1795752924.1340000629,1795753011.730000019,1795753011.730000019);
INSERT INTO attempt VALUES('f2c1361b55e3',1,'727a05d33c3e',25,'local','old-host','b3e0637a-8841-4fd5-88ea-23300b2c262d',4545,152757,1,'ccb14b4a51807291d70b6d56393426db6e3cd543',0,'e1ec4c20451d48e8b1f6d8f5702d7a6e5e06df7e2f6e3b0eaebedb93a5055e53','swift 6.3 release','AMD EPYC','{"onednn":"2.6.3","openblas":"OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Zen MAX_THREADS=64"}','succeeded','',NULL,200,'f7e29430f7bd2146cbe0a25fba2fb9ff898ad2dc4314d743cc8389e9ab9609be',871317504,1795752924.1340000629,1795753015.5590000152,1795753015.5590000152);
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
INSERT INTO checkpoint VALUES('1633f5ae496e',25,1,'step-00000025','2adae3c8695c3b58245a0d5b8bdd160aef3dbc43b66bdfaf77a659cbf3cd3b09',1795752935.6519999504);
INSERT INTO checkpoint VALUES('1633f5ae496e',50,1,'step-00000050','427a73db81b18f488d30d13ae01a2f1eb44a473f143a78924a4dce17c93dd705',1795752946.5299999714);
INSERT INTO checkpoint VALUES('1633f5ae496e',75,1,'step-00000075','73871db4fe3db343b3d30a130e3f14eb1d2aab69e05fd8e917372a6feae0f3ac',1795752956.7200000285);
INSERT INTO checkpoint VALUES('1633f5ae496e',100,1,'step-00000100','1c618347db5b4b9fae5fe71ab593b189aca6702bf72cdd2a88effb6219efebdb',1795752969.2929999828);
INSERT INTO checkpoint VALUES('1633f5ae496e',125,1,'step-00000125','f26b2a51c68985cfd0b2814393e56c9eb419f550c5d07cff839dcf119ec38c61',1795752979.4570000172);
INSERT INTO checkpoint VALUES('1633f5ae496e',150,1,'step-00000150','c8f665afd783e183d2ca99509db7447ec705d2ad5df0ace41064d5f12bcc8eeb',1795752988.6240000725);
INSERT INTO checkpoint VALUES('1633f5ae496e',175,1,'step-00000175','fc552d357534170a9f2b1aa5072472d2fcbcf347b059725d46bba70f54c85fed',1795752998.0539999008);
INSERT INTO checkpoint VALUES('1633f5ae496e',200,1,'step-00000200','a196b666b5e3bf5b62fde29eede0f835dee9776668e28672464b27526a178fb6',1795753009.2999999522);
INSERT INTO checkpoint VALUES('f2c1361b55e3',25,1,'step-00000025','928151e7d59cf9e8ec76cef51be8493a23bd7ac8aa8f4f838f0591ae2b36ca7f',1795752935.09100008);
INSERT INTO checkpoint VALUES('f2c1361b55e3',50,1,'step-00000050','873d6ea9f18da53cf93b6457755cc7c6debe6e8ac6ce8894c53b70775a2b28da',1795752945.7639999389);
INSERT INTO checkpoint VALUES('f2c1361b55e3',75,1,'step-00000075','5198b7d5417a4556af2d91047b3331d66687c2bcd29e54f06f38c0ffec9c7761',1795752956.8450000286);
INSERT INTO checkpoint VALUES('f2c1361b55e3',100,1,'step-00000100','c10ae74d347303770d816e7f05c5a8d5adabcfa3150c77cb76575171aa1afee3',1795752969.4660000801);
INSERT INTO checkpoint VALUES('f2c1361b55e3',125,1,'step-00000125','a469727d35762aaca710d2ab82f415cf5fee8474ade67ffdcacf7804d7ae0a46',1795752979.0429999828);
INSERT INTO checkpoint VALUES('f2c1361b55e3',150,1,'step-00000150','b832050c039b1c8959622287aada78b3195ba85b9c22a92f318194e3d22486ef',1795752988.9760000705);
INSERT INTO checkpoint VALUES('f2c1361b55e3',175,1,'step-00000175','54ae4cb552254fc66735cccabc8494663742ad4c89c99d15209e8b02ab79ce2c',1795752998.4470000267);
INSERT INTO checkpoint VALUES('f2c1361b55e3',200,1,'step-00000200','c518597620bd2968c8d84c99d7b6d2d54b8dec4c1da7377b7a69ba580016267e',1795753011.3880000114);
CREATE TABLE dataset (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO dataset VALUES('90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84','cifar10-10k');
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
INSERT INTO event VALUES('f2c1361b55e3',1,11,'info','budget-capped','layer ''layer3.3.conv2.weight'' would lose 99.08 % of its weights; its cap allows 97.99 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,12,'info','budget-capped','layer ''layer3.4.conv2.weight'' would lose 99.54 % of its weights; its cap allows 97.99 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,13,'info','budget-capped','layer ''layer3.5.conv2.weight'' would lose 99.77 % of its weights; its cap allows 97.99 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,14,'info','budget-capped','layer ''layer4.0.conv2.weight'' would lose 99.99 % of its weights; its cap allows 98.00 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,15,'info','budget-capped','layer ''layer4.0.downsample.0.weight'' would lose 98.86 % of its weights; its cap allows 98.00 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,16,'info','budget-capped','layer ''layer4.1.conv1.weight'' would lose 99.90 % of its weights; its cap allows 98.00 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,17,'info','budget-capped','layer ''layer4.1.conv2.weight'' would lose 100.00 % of its weights; its cap allows 98.00 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,18,'info','budget-capped','layer ''layer4.2.conv1.weight'' would lose 99.92 % of its weights; its cap allows 98.00 %',1795752937.237999916);
INSERT INTO event VALUES('f2c1361b55e3',1,19,'info','budget-capped','layer ''layer4.2.conv2.weight'' would lose 99.99 % of its weights; its cap allows 98.00 %',1795752937.237999916);
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('v1 runs');
INSERT INTO grdb_migrations VALUES('v2 counts of channels');
INSERT INTO grdb_migrations VALUES('v3 questions');
INSERT INTO grdb_migrations VALUES('v4 layers by step');
INSERT INTO grdb_migrations VALUES('v5 latencies');
CREATE TABLE journalCursor (
  journal TEXT NOT NULL PRIMARY KEY,
  run TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  byteOffset INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO journalCursor VALUES('runs/1633f5ae496e/attempts/1/journal.jsonl','1633f5ae496e',1,46957,198,'2312a2c910dab8deb6902df92823156a');
INSERT INTO journalCursor VALUES('runs/f2c1361b55e3/attempts/1/journal.jsonl','f2c1361b55e3',1,57593,207,'ee1b3d471223832f9f42b6a0e6acfccb');
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
INSERT INTO layer VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087',0,'conv1.weight','convolution','[8, 3, 3, 3]',216,221184,1,'');
INSERT INTO layer VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087',1,'layer1.0.conv1.weight','convolution','[8, 8, 1, 1]',64,65536,1,'');
INSERT INTO layer VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3',0,'conv1.weight','convolution','[8, 3, 3, 3]',216,221184,1,'');
INSERT INTO layer VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3',1,'layer1.0.conv1.weight','convolution','[8, 8, 1, 1]',64,65536,1,'');
CREATE TABLE IF NOT EXISTS "layerStat" (
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
INSERT INTO layerStat VALUES('1633f5ae496e',0,100,1,4.0,216,216,NULL,NULL,0,8.1757261943634276235);
INSERT INTO layerStat VALUES('1633f5ae496e',1,100,1,4.0,64,64,NULL,NULL,0,4.1616947477391033061);
INSERT INTO layerStat VALUES('1633f5ae496e',0,200,1,8.0,216,216,NULL,NULL,0,8.0989443891637797889);
INSERT INTO layerStat VALUES('1633f5ae496e',1,200,1,8.0,64,64,NULL,NULL,0,4.1225429744925614627);
INSERT INTO layerStat VALUES('f2c1361b55e3',0,100,1,4.0,199,216,0.075802177190780639648,0.017403501730144481374,17,8.1748697044601019712);
INSERT INTO layerStat VALUES('f2c1361b55e3',1,100,1,4.0,57,64,0.053607346490025520324,0.034797767236056986739,7,4.162733000820107776);
INSERT INTO layerStat VALUES('f2c1361b55e3',0,200,1,8.0,190,216,0.10538183525204658508,0.0090046841637815809578,9,8.0962995633021925812);
INSERT INTO layerStat VALUES('f2c1361b55e3',1,200,1,8.0,53,64,0.077240359038114547729,0.016761444072444571518,4,4.1218583391949525918);
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
INSERT INTO metric VALUES('1633f5ae496e','examples-per-second','train',25,1,1.0,219.69621015124852192,'finite',1795752935.6310000419);
INSERT INTO metric VALUES('1633f5ae496e','examples-per-second','train',50,1,2.0,230.28926073701350674,'finite',1795752946.5099999904);
INSERT INTO metric VALUES('1633f5ae496e','learning-rate','train',25,1,1.0,0.098666329862400301009,'finite',1795752935.6310000419);
INSERT INTO metric VALUES('1633f5ae496e','learning-rate','train',50,1,2.0,0.089959399844746240626,'finite',1795752946.5099999904);
INSERT INTO metric VALUES('1633f5ae496e','loss','train',25,1,1.0,2.7515350640312021823,'finite',1795752935.6300001144);
INSERT INTO metric VALUES('1633f5ae496e','loss','train',50,1,2.0,2.3166697501544666337,'finite',1795752946.5099999904);
INSERT INTO metric VALUES('1633f5ae496e','sparsity-scheduled','train',25,1,1.0,0.0,'finite',1795752935.6310000419);
INSERT INTO metric VALUES('1633f5ae496e','sparsity-scheduled','train',50,1,2.0,0.0,'finite',1795752946.5099999904);
INSERT INTO metric VALUES('1633f5ae496e','top1','train',25,1,1.0,0.10639999999999999458,'finite',1795752935.6310000419);
INSERT INTO metric VALUES('1633f5ae496e','top1','train',50,1,2.0,0.11559999999999999442,'finite',1795752946.5099999904);
INSERT INTO metric VALUES('f2c1361b55e3','examples-per-second','train',25,1,1.0,231.0185821472821317,'finite',1795752935.0680000782);
INSERT INTO metric VALUES('f2c1361b55e3','examples-per-second','train',50,1,2.0,234.79116827024924419,'finite',1795752945.740999937);
INSERT INTO metric VALUES('f2c1361b55e3','learning-rate','train',25,1,1.0,0.098666329862400301009,'finite',1795752935.0680000782);
INSERT INTO metric VALUES('f2c1361b55e3','learning-rate','train',50,1,2.0,0.089959399844746240626,'finite',1795752945.740999937);
INSERT INTO metric VALUES('f2c1361b55e3','loss','train',25,1,1.0,2.7515350640312021823,'finite',1795752935.0680000782);
INSERT INTO metric VALUES('f2c1361b55e3','loss','train',50,1,2.0,2.3166697501544666337,'finite',1795752945.740999937);
INSERT INTO metric VALUES('f2c1361b55e3','sparsity-scheduled','train',25,1,1.0,0.0,'finite',1795752935.0680000782);
INSERT INTO metric VALUES('f2c1361b55e3','sparsity-scheduled','train',50,1,2.0,0.0,'finite',1795752945.740999937);
INSERT INTO metric VALUES('f2c1361b55e3','top1','train',25,1,1.0,0.10639999999999999458,'finite',1795752935.0680000782);
INSERT INTO metric VALUES('f2c1361b55e3','top1','train',50,1,2.0,0.11559999999999999442,'finite',1795752945.740999937);
CREATE TABLE param (
  spec TEXT NOT NULL REFERENCES spec (id),
  key TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('text', 'number', 'boolean', 'case')),
  text TEXT NOT NULL,
  number REAL,
  PRIMARY KEY (spec, key)
) STRICT, WITHOUT ROWID;
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','data.augmentation.cropPadding','number','4',4.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','data.augmentation.flipsHorizontally','boolean','true',1.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','data.dataset','text','cifar10-10k',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','data.evaluationLimit','number','1000',1000.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','data.fingerprint','text','90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','data.trainingLimit','number','2500',2500.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','model.architecture','text','resnet50',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','model.classes','number','10',10.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','model.inputChannels','number','3',3.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','model.stem','text','small',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','model.width','number','0.125',0.125);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','profile','text','quick',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.budget.cap','number','0.98',0.97999999999999998223);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.budget.rule','text','global',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.eligibility','text','all-convolution-and-linear-weights',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.method.pdp.temperature.absolute','number','0.0001',0.00010000000000000000479);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.schedule.rampEpochs','number','2.8',2.7999999999999998223);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.schedule.warmupEpochs','number','1.2',1.1999999999999999555);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.sparsity','number','0.9',0.9000000000000000222);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','pruning.structure.unstructured','case','',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','schema','number','1',1.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.batchSize','number','100',100.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.epochs','number','8',8.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.evaluationInterval','number','4',4.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.labelSmoothing','number','0',0.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.learningRate.cosine.peak','number','0.1',0.10000000000000000555);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.learningRate.cosine.warmupEpochs','number','0.4',0.4000000000000000222);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.optimizer.sgd.decayScope','text','all-parameters',NULL);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.optimizer.sgd.momentum','number','0.9',0.9000000000000000222);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.optimizer.sgd.nesterov','boolean','true',1.0);
INSERT INTO param VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','training.optimizer.sgd.weightDecay','number','0.0005',0.0005000000000000000104);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','data.augmentation.cropPadding','number','4',4.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','data.augmentation.flipsHorizontally','boolean','true',1.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','data.dataset','text','cifar10-10k',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','data.evaluationLimit','number','1000',1000.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','data.fingerprint','text','90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','data.trainingLimit','number','2500',2500.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','model.architecture','text','resnet50',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','model.classes','number','10',10.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','model.inputChannels','number','3',3.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','model.stem','text','small',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','model.width','number','0.125',0.125);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','profile','text','quick',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.budget.cap','number','1',1.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.budget.rule','text','global',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.eligibility','text','all-convolution-and-linear-weights',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.method.dense','case','',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.schedule.rampEpochs','number','0',0.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.schedule.warmupEpochs','number','0',0.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.sparsity','number','0',0.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','pruning.structure.unstructured','case','',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','schema','number','1',1.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.batchSize','number','100',100.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.epochs','number','8',8.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.evaluationInterval','number','4',4.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.labelSmoothing','number','0',0.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.learningRate.cosine.peak','number','0.1',0.10000000000000000555);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.learningRate.cosine.warmupEpochs','number','0.4',0.4000000000000000222);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.optimizer.sgd.decayScope','text','all-parameters',NULL);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.optimizer.sgd.momentum','number','0.9',0.9000000000000000222);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.optimizer.sgd.nesterov','boolean','true',1.0);
INSERT INTO param VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','training.optimizer.sgd.weightDecay','number','0.0005',0.0005000000000000000104);
CREATE TABLE plan (
  id TEXT NOT NULL PRIMARY KEY,
  study TEXT NOT NULL REFERENCES study (slug),
  profile TEXT NOT NULL,
  vocabulary INTEGER NOT NULL,
  json TEXT NOT NULL
) STRICT;
INSERT INTO "plan" VALUES('727a05d33c3e','resnet50','quick',1,'{}');
CREATE TABLE planRun (
  plan TEXT NOT NULL REFERENCES plan (id),
  position INTEGER NOT NULL,
  run TEXT NOT NULL REFERENCES run (id),
  PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;
INSERT INTO planRun VALUES('727a05d33c3e',0,'1633f5ae496e');
INSERT INTO planRun VALUES('727a05d33c3e',1,'f2c1361b55e3');
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
INSERT INTO published VALUES('resnet50',0,'ResNet50','ImageNet-1k','dense','unstructured',0.0,'top1',77.010000000000005115,'RAIVNLab/STR, README.md','100 epochs, the recipe of the paper profile');
INSERT INTO published VALUES('resnet50',1,'ResNet50','ImageNet-1k','dense (torchvision)','unstructured',0.0,'top1',76.129999999999995452,'torchvision, ResNet50 weights IMAGENET1K_V1','25,557,032 parameters');
INSERT INTO published VALUES('resnet50',2,'ResNet50','ImageNet-1k','str','unstructured',0.81269999999999997797,'top1',76.120000000000004546,'RAIVNLab/STR, README.md','100 epochs');
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
INSERT INTO result VALUES('1633f5ae496e','loading-wait-seconds',1,200,'last',0.0014183489999999999552,'finite');
INSERT INTO result VALUES('1633f5ae496e','loss',1,200,'last',1.8501847293458872911,'finite');
INSERT INTO result VALUES('1633f5ae496e','macs-dense',1,200,'last',20474368.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','macs-nonzero',1,200,'last',20474368.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','parameters',1,200,'last',375762.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','parameters-nonzero',1,200,'last',375762.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','peak-memory-bytes',1,200,'last',849809408.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','top1',1,200,'last',0.31199999999999999955,'finite');
INSERT INTO result VALUES('1633f5ae496e','top1-soft',1,200,'last',0.31199999999999999955,'finite');
INSERT INTO result VALUES('1633f5ae496e','training-seconds',1,200,'last',82.131237165000001709,'finite');
INSERT INTO result VALUES('1633f5ae496e','weights-prunable',1,200,'last',369112.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','weights-pruned-achieved',1,200,'last',0.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','weights-pruned-requested',1,200,'last',0.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','weights-pruned-scheduled',1,200,'last',0.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','weights-total',1,200,'last',369112.0,'finite');
INSERT INTO result VALUES('1633f5ae496e','weights-zero-total',1,200,'last',0.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','loading-wait-seconds',1,200,'last',0.0014650469999999999205,'finite');
INSERT INTO result VALUES('f2c1361b55e3','loss',1,200,'last',2.0414879532113996418,'finite');
INSERT INTO result VALUES('f2c1361b55e3','macs-dense',1,200,'last',20474368.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','macs-nonzero',1,200,'last',5956916.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','parameters',1,200,'last',375762.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','parameters-nonzero',1,200,'last',43561.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','peak-memory-bytes',1,200,'last',871440384.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','top1',1,200,'last',0.23599999999999998756,'finite');
INSERT INTO result VALUES('f2c1361b55e3','top1-soft',1,200,'last',0.23699999999999998845,'finite');
INSERT INTO result VALUES('f2c1361b55e3','training-seconds',1,200,'last',81.879797601000063878,'finite');
INSERT INTO result VALUES('f2c1361b55e3','weights-prunable',1,200,'last',369112.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','weights-pruned-achieved',1,200,'last',332201.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','weights-pruned-requested',1,200,'last',332201.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','weights-pruned-scheduled',1,200,'last',332201.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','weights-total',1,200,'last',369112.0,'finite');
INSERT INTO result VALUES('f2c1361b55e3','weights-zero-total',1,200,'last',332201.0,'finite');
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
INSERT INTO run VALUES('1633f5ae496e','resnet50','fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3',0,5198733777221425162,2,'succeeded','',200,'21b9957121dada1771c1068568776b54a9c8fb461643edb76f5adb6c6c701a4a');
INSERT INTO run VALUES('f2c1361b55e3','resnet50','6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087',0,5198733777221425162,2,'succeeded','',200,'f7e29430f7bd2146cbe0a25fba2fb9ff898ad2dc4314d743cc8389e9ab9609be');
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
INSERT INTO spec VALUES('6066c7f6e0aebfe9bdbfbefd0aa20f8135cd3826e3758703d90ae34cb12b4087','quick','90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84','resnet50','pdp','unstructured',0.9000000000000000222,8,'{"data":{"augmentation":{"cropPadding":4,"flipsHorizontally":true},"dataset":"cifar10-10k","evaluationLimit":1000,"fingerprint":"90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84","trainingLimit":2500},"model":{"architecture":"resnet50","classes":10,"inputChannels":3,"stem":"small","width":0.125},"profile":"quick","pruning":{"budget":{"cap":0.98,"rule":"global"},"eligibility":"all-convolution-and-linear-weights","method":{"pdp":{"temperature":{"absolute":{"_0":0.0001}}}},"schedule":{"rampEpochs":2.8,"warmupEpochs":1.2},"sparsity":0.9,"structure":{"unstructured":{}}},"schema":1,"training":{"batchSize":100,"epochs":8,"evaluationInterval":4,"labelSmoothing":0,"learningRate":{"cosine":{"peak":0.1,"warmupEpochs":0.4}},"optimizer":{"sgd":{"_0":{"decayScope":"all-parameters","momentum":0.9,"nesterov":true,"weightDecay":0.0005}}}}}');
INSERT INTO spec VALUES('fece51a21cc6202e8f03c99f834e42cef017516c00a269279ded8f1d8f7706a3','quick','90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84','resnet50','dense','unstructured',0.0,8,'{"data":{"augmentation":{"cropPadding":4,"flipsHorizontally":true},"dataset":"cifar10-10k","evaluationLimit":1000,"fingerprint":"90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84","trainingLimit":2500},"model":{"architecture":"resnet50","classes":10,"inputChannels":3,"stem":"small","width":0.125},"profile":"quick","pruning":{"budget":{"cap":1,"rule":"global"},"eligibility":"all-convolution-and-linear-weights","method":{"dense":{}},"schedule":{"rampEpochs":0,"warmupEpochs":0},"sparsity":0,"structure":{"unstructured":{}}},"schema":1,"training":{"batchSize":100,"epochs":8,"evaluationInterval":4,"labelSmoothing":0,"learningRate":{"cosine":{"peak":0.1,"warmupEpochs":0.4}},"optimizer":{"sgd":{"_0":{"decayScope":"all-parameters","momentum":0.9,"nesterov":true,"weightDecay":0.0005}}}}}');
CREATE TABLE study (
  slug TEXT NOT NULL PRIMARY KEY,
  title TEXT NOT NULL,
  question TEXT NOT NULL,
  sourcePath TEXT NOT NULL,
  sourceDigest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO study VALUES('resnet50','Table 2: unstructured pruning of ResNet50','At 90 % sparsity of the network that most papers prune, does PDP keep accuracy that others lose?','studies/resnet50.swift','307d6cc202cf7bb9bf1c6492159e17cf53634399e647d7ccd394ca0e10fc60d4');
CREATE TABLE latencyFile (
  file TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO latencyFile VALUES('example-quick.jsonl','aa');
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
INSERT INTO latency VALUES('example-quick.jsonl',1,'1633f5ae496e','resnet50','quick','aa',1,2,5,0.25,0.125,0.5,NULL,NULL,NULL,NULL,3,2,4096,'h','c','t','',0,'','local','{}',1700000000.4999999999);
CREATE INDEX planByStudy ON plan (study, profile);
CREATE INDEX paramByKey ON param (key, text);
CREATE INDEX armBySpec ON arm (spec);
CREATE INDEX runByStudy ON run (study);
CREATE INDEX runBySpec ON run (spec);
CREATE INDEX planRunByRun ON planRun (run);
CREATE UNIQUE INDEX liveAttempt ON attempt (run) WHERE status = 'running';
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
COMMIT;
