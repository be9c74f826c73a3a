/// Milliseconds, of a duration or of an uptime.
package typealias Milliseconds = Double
