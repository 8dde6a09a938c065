import Foundation

/// Whether an error of Foundation's file functions says that the file system has no room, or the user no quota left.
package func isDiskFull(_ error: any Error) -> Bool {
  if (error as? CocoaError)?.code == .fileWriteOutOfSpace { return true }
  let cocoa = error as NSError
  let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError ?? cocoa
  return underlying.domain == NSPOSIXErrorDomain && [ENOSPC, EDQUOT].contains(Int32(underlying.code))
}
