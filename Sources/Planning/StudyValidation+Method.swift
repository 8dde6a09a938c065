import StudyKit

extension StudyValidation {
  /// Checks the values that a method is given.
  mutating func check(_ method: Method, of arm: Arm) {
    switch method {
    case .dense, .gmp, .gmpNested, .oneShot, .dnw, .acdc, .random, .asp, .lbc, .l1Norm, .l2Norm, .fpgm: break
    case .pdp(.absolute(let tau), _): positive("temperature", tau, of: arm)
    case .pdp(.relative(let kappa), _): positive("relative temperature", kappa, of: arm)
    case .iterativeMagnitude(let rounds, let rewind):
      count("rounds", rounds, of: arm)
      check(rewind, "rewind", owner: owner(arm), line: arm.line)
    case .set(let share, let interval, let until), .rigL(let share, let interval, let until):
      self.share("share", share, of: arm)
      count("interval", interval, of: arm)
      expect(until > 0 && until <= 1, owner(arm), "until", until, "a share above 0, up to 1", arm.line)
    case .graNet(let initial, let share, let interval):
      let range = "a fraction from 0 to below 1"
      expect((0..<1).contains(initial), owner(arm), "initialSparsity", initial, range, arm.line)
      if case .unstructured(let sparsity) = arm.structure, initial > sparsity, sparsity >= 0 {
        expect(false, owner(arm), "initialSparsity", initial, "at most the arm's sparsity of \(sparsity)", arm.line)
      }
      self.share("share", share, of: arm)
      count("interval", interval, of: arm)
    case .str(let initial, let decay):
      finite("initial", initial, of: arm)
      notNegative("decay", decay, of: arm)
    case .continuousSparsification(let initial, let penalty, let sharpness, _):
      finite("initial", initial, of: arm)
      notNegative("penalty", penalty, of: arm)
      expect(sharpness > 1 && sharpness.isFinite, owner(arm), "sharpness", sharpness, "a number above 1", arm.line)
    case .optG(let steepness): positive("steepness", steepness, of: arm)
    case .movement(let rate): positive("scoreRate", rate, of: arm)
    case .softMovement(let rate, let threshold, let penalty):
      positive("scoreRate", rate, of: arm)
      expect(
        threshold > 0 && threshold < 1, owner(arm), "threshold", threshold, "a number between 0 and 1", arm.line)
      notNegative("penalty", penalty, of: arm)
    case .snip(let examples), .grasp(let examples), .taylor(let examples), .hRank(let examples), .chip(let examples):
      count("examples", examples, of: arm)
    case .synFlow(let rounds): count("rounds", rounds, of: arm)
    case .srSTE(let pull): notNegative("pull", pull, of: arm)
    case .slimming(let penalty): notNegative("penalty", penalty, of: arm)
    }
  }

  private mutating func positive(_ field: String, _ value: Double, of arm: Arm) {
    expect(value > 0 && value.isFinite, owner(arm), field, value, "a number above 0", arm.line)
  }

  private mutating func notNegative(_ field: String, _ value: Double, of arm: Arm) {
    expect(value >= 0 && value.isFinite, owner(arm), field, value, "0 or a number above it", arm.line)
  }

  private mutating func finite(_ field: String, _ value: Double, of arm: Arm) {
    expect(value.isFinite, owner(arm), field, value, "a finite number", arm.line)
  }

  private mutating func share(_ field: String, _ value: Double, of arm: Arm) {
    expect((0...1).contains(value), owner(arm), field, value, "a share from 0 to 1", arm.line)
  }

  private mutating func count(_ field: String, _ value: Int, of arm: Arm) {
    expect(value >= 1, owner(arm), field, value, "a whole number from 1", arm.line)
  }
}
