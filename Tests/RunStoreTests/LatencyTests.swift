import Foundation
import RunFixtures
import RunStore
import Testing

/// Measurements of networks in use: their files, and what the database has of them.
@Suite struct LatencyTests {
  private let place: Workspace
  private let run: String

  init() throws {
    place = try Workspace()
    run = try place.fixture.run("dense", 0)
    try place.journal(run, [loss(10, 2.5), end(.succeeded)])
  }

  private func latency(_ median: Double = 0.002, at moment: Double = 1_700_000_000, batch: Int = 1) throws -> Latency {
    let digest = try #require(RunStore.open(place.layout).details(of: run).run.weightsDigest)
    return Latency(
      run: run, study: "tiny", profile: "smoke", weightsDigest: digest, batch: batch, rounds: 30,
      seconds: Latency.Quartiles(lower: 0.001, median: median, upper: 0.005), denseRun: run,
      denseSeconds: Latency.Quartiles(lower: 0.003, median: 0.004, upper: 0.005), layers: 28, layersDense: 14,
      activationBytes: 4096,
      provenance: try place.start(run, attempt: 1).provenance, measuredAt: moment)
  }

  private var file: URL { place.layout.latencies(study: "tiny", profile: "smoke") }

  private func rows(_ store: RunStore) throws -> [[QueryResult.Value]] {
    try store.query("SELECT run, milliseconds, ratioToDense FROM v_latencies", rowLimit: 9, seconds: 5).rows
  }

  @Test func quartilesTwiceApartAreUnsteady() {
    #expect(!Latency.Quartiles(lower: 0.002, median: 0.003, upper: 0.004).isUnsteady)
    #expect(Latency.Quartiles(lower: 0.002, median: 0.002, upper: 0.0041).isUnsteady)
  }

  @Test func whatIsAddedIsInTheFileInTheDatabaseAndInItsRebuild() throws {
    let store = try RunStore.open(place.layout)
    try store.add([latency(0.003)], study: "tiny", profile: "smoke")
    try store.add([latency(at: 1_700_000_001), latency(batch: 8)], study: "tiny", profile: "smoke")
    #expect(try String(contentsOf: file, encoding: .utf8).split(separator: "\n").count == 3)
    let expected = try rows(store)
    #expect(expected.contains([.text(run), .real(2), .real(0.5)]) && expected.count == 2)
    // The newest with one example at a time.
    let evidence = try #require(store.evidence(for: place.plan).first { $0.id == run })
    #expect(try evidence.latency == latency(at: 1_700_000_001))
    #expect(try store.differencesFromFiles().isEmpty)
    #expect(try store.rebuild().isEmpty)
    #expect(try rows(store) == expected)
    #expect(try store.differencesFromFiles().isEmpty)
  }

  @Test func filesThatComeChangeAndGoAreSeen() throws {
    let store = try RunStore.open(place.layout)
    try store.add([latency()], study: "tiny", profile: "smoke")
    let copy = place.layout.latencies(study: "tiny", profile: "copied")
    try FileManager.default.copyItem(at: file, to: copy)
    #expect(try store.differencesFromFiles().count == 2)
    #expect(try store.ingestLatencies().isEmpty)
    #expect(try store.differencesFromFiles().isEmpty)
    try FileManager.default.removeItem(at: copy)
    try FileManager.default.removeItem(at: file)
    #expect(try store.ingestLatencies().isEmpty)
    #expect(try rows(store).isEmpty)
  }

  @Test func weightsThatAreNotThoseMeasuredHaveNoLatency() throws {
    let store = try RunStore.open(place.layout)
    var other = try latency()
    other.weightsDigest = "0"
    try store.add([other], study: "tiny", profile: "smoke")
    #expect(try store.evidence(for: place.plan).allSatisfy { $0.latency == nil })
  }

  @Test func everyChangedOrCutFileIsRefusedWithItsLine() throws {
    let store = try RunStore.open(place.layout)
    try store.add([latency(), latency()], study: "tiny", profile: "smoke")
    let bytes = try Data(contentsOf: file)
    let second = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 1
    for (index, line) in [(2, 1), (second + 9, 2), (second - 4, 1), (bytes.count - 5, 2)] {
      var changed = bytes
      changed[index] ^= 1
      try changed.write(to: file)
      let faults = try store.ingestLatencies()
      #expect(
        faults.map(\.description) == [
          "file of measurements '\(file.path)' is broken at line \(line): its digest is not that of its text; restore it "
            + "from a copy, or remove it and measure again with 'pdp-study bench --study'"
        ])
      #expect(try rows(store).isEmpty)
    }
    try bytes.dropLast(7).write(to: file)
    #expect(try store.ingestLatencies().count == 1)
    // Without its first line, the second is not the one that was written.
    try bytes[second...].write(to: file)
    #expect(try store.ingestLatencies().count == 1)
    #expect(throws: RunStoreError.self) { try store.add([latency()], study: "tiny", profile: "smoke") }
    try bytes.write(to: file)
    #expect(try store.ingestLatencies().isEmpty)
    #expect(try !rows(store).isEmpty)
  }

  @Test func timesThatNobodyMeasuresAreRefused() throws {
    let store = try RunStore.open(place.layout)
    var impossible = try latency()
    impossible.seconds = Latency.Quartiles(lower: 3, median: 2, upper: 5)
    #expect(throws: RunStoreError.self) { try store.add([impossible], study: "tiny", profile: "smoke") }
    #expect(try rows(store).isEmpty)
  }
}
