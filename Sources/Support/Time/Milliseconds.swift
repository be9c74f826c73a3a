/// Milliseconds of a duration or an uptime.
package typealias Milliseconds = Double
