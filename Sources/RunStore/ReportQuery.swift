/// SQL that a report prints below its tables, so that a reader can ask the database for the same numbers.
package enum ReportQuery {
  /// Mean of a result for each arm of a plan, and each numerics version by itself.
  package static func table(plan: String, result: String) -> String {
    """
    SELECT arm.name AS configuration, run.numerics, count(*) AS n, 100 * avg(result.value) AS mean_percent,
      group_concat(run.id, ' ') AS runs
    FROM arm
    JOIN planRun ON planRun.plan = arm.plan
    JOIN run ON run.id = planRun.run AND run.spec = arm.spec
    JOIN result ON result.run = run.id AND result.name = \(quoted(result)) AND result.kind = 'finite'
    WHERE arm.plan = \(quoted(plan)) AND run.status = 'succeeded'
    GROUP BY arm.position, run.numerics
    ORDER BY arm.position, run.numerics
    """
  }

  /// Pairs behind a claim: a row a replicate that both arms have finished, with the difference in points of percent.
  package static func claim(plan: String, arm: String, rival: String, result: String) -> String {
    """
    SELECT run.replicate, 100 * (result.value - rivalResult.value) AS difference_points,
      run.id AS run, rivalRun.id AS rival
    FROM arm
    JOIN planRun ON planRun.plan = arm.plan
    JOIN run ON run.id = planRun.run AND run.spec = arm.spec AND run.status = 'succeeded'
    JOIN result ON result.run = run.id AND result.name = \(quoted(result)) AND result.kind = 'finite'
    JOIN arm AS rivalArm ON rivalArm.plan = arm.plan AND rivalArm.name = \(quoted(rival))
    JOIN planRun AS rivalPlanRun ON rivalPlanRun.plan = arm.plan
    JOIN run AS rivalRun ON rivalRun.id = rivalPlanRun.run AND rivalRun.spec = rivalArm.spec
      AND rivalRun.status = 'succeeded' AND rivalRun.replicate = run.replicate AND rivalRun.numerics IS run.numerics
    JOIN result AS rivalResult ON rivalResult.run = rivalRun.id AND rivalResult.name = result.name
      AND rivalResult.kind = 'finite'
    WHERE arm.plan = \(quoted(plan)) AND arm.name = \(quoted(arm))
    ORDER BY run.replicate
    """
  }

  private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}
