import ArgumentParser

@main
struct PDPStudy: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pdp-study")
}
