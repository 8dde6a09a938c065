import Synchronization

/// Compiled operations by their shapes, made on first use and kept for the life of the process.
struct PlanCache<Key: Hashable & Sendable, Plan: AnyObject & Sendable>: ~Copyable, Sendable {
  private let plans = Mutex<[Key: Plan]>([:])

  /// The plan for `key`, from `make` if it is not known yet.
  func plan(for key: Key, _ make: (Key) -> Plan) -> Plan {
    if let known = plans.withLock({ $0[key] }) { return known }
    let made = make(key)
    return plans.withLock { plans in
      if let known = plans[key] { return known }
      plans[key] = made
      return made
    }
  }
}
