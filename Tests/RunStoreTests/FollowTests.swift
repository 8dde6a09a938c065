import Foundation
import RunFixtures
import RunStore
import Testing

@Suite struct FollowTests {
  private let place: Workspace
  private let run: String

  init() throws {
    place = try Workspace()
    run = try place.fixture.run("dense", 0)
    try FileManager.default.createDirectory(at: place.layout.attempt(run, 1), withIntermediateDirectories: true)
  }

  @Test func everyLineComesOnceAndTheEndLast() throws {
    let lock = try #require(try FileLock.take(place.layout.lock(run, 1)))
    let journal = try JournalWriter(creating: place.layout.journal(run, 1)) { 7 }
    try journal.append(.attempt(place.start(run, attempt: 1)))
    try journal.append(loss(10, 2.5))
    try journal.flush()
    let log = place.layout.log(run, 1)
    try Data("one\ntw".utf8).write(to: log)

    var follower = AttemptFollower(run: run, attempt: 1, layout: place.layout)
    var news = try follower.look()
    #expect(news.lines.map(\.seq) == [1, 2])
    #expect(news.log == "one\n")
    #expect(news.state == .live)
    #expect(try follower.look() == AttemptFollower.News())

    try Data("one\ntwo\nthr".utf8).write(to: log)
    try journal.append(loss(20, 2))
    try journal.append(end(.succeeded))
    try journal.close()
    try lock.release()
    news = try follower.look()
    #expect(news.lines.map(\.entry) == [loss(20, 2), end(.succeeded)])
    #expect(news.log == "two\nthr")
    guard case .ended(let end) = news.state else {
      Issue.record("\(news.state)")
      return
    }
    #expect(end.status == .succeeded)
  }

  @Test func attemptWithoutItsLockIsLost() throws {
    let journal = try JournalWriter(creating: place.layout.journal(run, 1)) { 7 }
    try journal.append(.attempt(place.start(run, attempt: 1)))
    try journal.close()
    var follower = AttemptFollower(run: run, attempt: 1, layout: place.layout)
    let news = try follower.look()
    #expect(news.lines.count == 1)
    #expect(news.state == .lost)
  }
}
