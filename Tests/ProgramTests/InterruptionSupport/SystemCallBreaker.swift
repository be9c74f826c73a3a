/// Ends a program at, or within, a chosen one of the system calls by which it changes files: a library, loaded before
/// all others, that counts them. So a kill hits every step of SQLite's commit for certain, half-written pages included.
struct SystemCallBreaker {
    /// nil where there is no C compiler.
    static let library = PreloadedLibrary.build("breaker", source)

    /// What becomes of the n-th call.
    enum Fault: String {
        /// SIGKILL before it; of a write, after half of it.
        case kill
        /// It and every one after it fails for want of room.
        case full
        /// It alone fails as a broken disk does.
        case broken
    }

    static func environment(_ fault: Fault, at call: Int) -> [String: String] {
        ["LD_PRELOAD": library ?? "", "BREAK_AT": "\(call)", "BREAK_HOW": fault.rawValue]
    }

    /// How many such calls a program made, that was given this environment.
    static func counting(to path: String) -> [String: String] {
        ["LD_PRELOAD": library ?? "", "BREAK_COUNT": path]
    }

    private static let source = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdarg.h>
        #include <stdatomic.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <sys/types.h>
        #include <unistd.h>

        static atomic_int calls;
        static int at = -1;
        static const char *how = "";
        static __attribute__((constructor)) void begin(void) {
            if (getenv("BREAK_AT")) at = atoi(getenv("BREAK_AT"));
            if (getenv("BREAK_HOW")) how = getenv("BREAK_HOW");
        }
        static __attribute__((destructor)) void end(void) {
            const char *path = getenv("BREAK_COUNT");
            if (!path) return;
            FILE *file = fopen(path, "w");
            if (file) { fprintf(file, "%d", atomic_load(&calls)); fclose(file); }
        }
        static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

        /* 0: go on; 1: fail with errno; 2: write half and be killed. */
        static int broken(int needs_room, int is_write) {
            int n = atomic_fetch_add(&calls, 1) + 1;
            if (at < 0) return 0;
            if (!strcmp(how, "full")) { if (n >= at && needs_room) { errno = ENOSPC; return 1; } return 0; }
            if (n != at) return 0;
            if (!strcmp(how, "broken")) { errno = EIO; return 1; }
            if (is_write) return 2;
            kill(getpid(), SIGKILL);
            return 1;
        }

        ssize_t write(int fd, const void *bytes, size_t count) {
            ssize_t (*real)(int, const void *, size_t) = next("write");
            if (fd <= 2) return real(fd, bytes, count);
            int b = broken(1, 1);
            if (b == 1) return -1;
            if (b == 2) { real(fd, bytes, count / 2); kill(getpid(), SIGKILL); }
            return real(fd, bytes, count);
        }
        static ssize_t positioned(const char *name, int fd, const void *bytes, size_t count, off64_t place) {
            ssize_t (*real)(int, const void *, size_t, off64_t) = next(name);
            int b = broken(1, 1);
            if (b == 1) return -1;
            if (b == 2) { real(fd, bytes, count / 2, place); kill(getpid(), SIGKILL); }
            return real(fd, bytes, count, place);
        }
        ssize_t pwrite(int fd, const void *b, size_t c, off_t p) { return positioned("pwrite", fd, b, c, p); }
        ssize_t pwrite64(int fd, const void *b, size_t c, off64_t p) { return positioned("pwrite64", fd, b, c, p); }

        #define CALL(result, name, room, parameters, arguments) \
            result name parameters { \
                result (*real) parameters = next(#name); \
                return broken(room, 0) ? -1 : real arguments; \
            }
        CALL(int, fsync, 0, (int fd), (fd))
        CALL(int, fdatasync, 0, (int fd), (fd))
        CALL(int, ftruncate, 0, (int fd, off_t size), (fd, size))
        CALL(int, ftruncate64, 0, (int fd, off64_t size), (fd, size))
        CALL(int, unlink, 0, (const char *path), (path))
        CALL(int, rename, 0, (const char *from, const char *to), (from, to))
        CALL(int, mkdir, 1, (const char *path, mode_t mode), (path, mode))
        CALL(int, rmdir, 0, (const char *path), (path))
        CALL(int, symlink, 1, (const char *to, const char *path), (to, path))
        CALL(int, unlinkat, 0, (int folder, const char *name, int flags), (folder, name, flags))
        CALL(int, renameat, 0, (int a, const char *from, int b, const char *to), (a, from, b, to))
        CALL(int, linkat, 1, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
        CALL(int, mkdirat, 1, (int folder, const char *name, mode_t mode), (folder, name, mode))
        CALL(int, symlinkat, 1, (const char *to, int folder, const char *name), (to, folder, name))
        CALL(int, chmod, 0, (const char *path, mode_t mode), (path, mode))
        CALL(int, fchmod, 0, (int fd, mode_t mode), (fd, mode))

        int posix_fallocate(int fd, off_t offset, off_t size) {
            int (*real)(int, off_t, off_t) = next("posix_fallocate");
            return broken(1, 0) ? errno : real(fd, offset, size);
        }
        """#
}
