/// Milliseconds, of a duration or of an uptime.
public typealias Milliseconds = Double
