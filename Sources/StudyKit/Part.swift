/// One element of a study, in the order of the file.
public enum Part: Codable, Equatable, Sendable {
  case text(Text)
  case arm(Arm)
  case table(Table)
  case figure(Figure)
  case claim(Claim)
  case published(Published)
}
