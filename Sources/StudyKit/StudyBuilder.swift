/// Collects the parts of a study.
///
/// Conditions are refused: what a study contains is the same whoever compiles it.
@resultBuilder
public enum StudyBuilder {
  public static func buildExpression(_ text: Text) -> [Part] { [.text(text)] }
  public static func buildExpression(_ arm: Arm) -> [Part] { [.arm(arm)] }
  public static func buildExpression(_ table: Table) -> [Part] { [.table(table)] }
  public static func buildExpression(_ figure: Figure) -> [Part] { [.figure(figure)] }
  public static func buildExpression(_ claim: Claim) -> [Part] { [.claim(claim)] }
  public static func buildExpression(_ published: Published) -> [Part] { [.published(published)] }

  public static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap(\.self) }
  public static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap(\.self) }

  @available(
    *, unavailable,
    message: "a study is made of Text, Arm, Table, Figure, Claim and Published values; nothing else has a place in it"
  )
  public static func buildExpression<Other>(_ other: Other) -> [Part] { [] }

  @available(
    *, unavailable,
    message: "a study has no conditions; name the profiles of an arm with 'in:', or write a second study"
  )
  public static func buildOptional(_ parts: [Part]?) -> [Part] { [] }

  @available(
    *, unavailable,
    message: "a study has no conditions; name the profiles of an arm with 'in:', or write a second study"
  )
  public static func buildEither(first parts: [Part]) -> [Part] { [] }

  @available(
    *, unavailable,
    message: "a study has no conditions; name the profiles of an arm with 'in:', or write a second study"
  )
  public static func buildEither(second parts: [Part]) -> [Part] { [] }
}
