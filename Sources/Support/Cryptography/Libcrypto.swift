import COpenSSL

/// OpenSSL's libcrypto, as the distribution has it and keeps it safe.
enum Libcrypto {
    /// Evaluated once, before the first call. The machine's openssl.cnf is not read: whatever it says of providers, a
    /// digest stays the same.
    private static let isReady = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1

    /// Makes a call that fails only if memory has run out, or if libcrypto was built without the algorithm. There is
    /// nothing to go on with then, and so the program stops.
    static func require<Value>(_ operation: StaticString, _ call: () -> Value?) -> Value {
        guard isReady else { fatalError("cannot use libcrypto: it does not start") }
        guard let value = call() else { fatalError("cannot use libcrypto: \(operation) failed") }
        return value
    }

    /// The same for a call that returns 1 if it succeeds.
    static func require(_ operation: StaticString, _ call: () -> CInt) {
        let _: Void = require(operation) { call() == 1 ? () : nil }
    }
}
