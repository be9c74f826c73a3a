import Foundation

/// Records the calls by which a program changes files and makes them durable: a library, loaded before all others, that
/// makes each call and writes it down, one at a time, so that the record has them in their order.
enum DiskRecorder {
    /// nil where there is no C compiler.
    static let library = PreloadedLibrary.build("recorder", source)

    /// For a program whose calls are to be recorded in a file.
    ///
    /// - Parameter folder: on the file system whose changes count.
    static func environment(recordingTo path: String, on folder: String) -> [String: String] {
        ["LD_PRELOAD": library ?? "", "DISK_RECORD": path, "DISK_FOLDER": folder]
    }

    /// A record is a line `kind a b c LENGTH LENGTH`, then a text or the bytes that were written, then a second text.
    /// Files are named by their inodes. What memory maps change is not seen.
    private static let source = #"""
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/types.h>
        #include <sys/uio.h>
        #include <unistd.h>

        static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
        static int record = -1;
        static dev_t device;

        static __attribute__((constructor)) void begin(void) {
            struct stat facts;
            if (!getenv("DISK_RECORD") || !getenv("DISK_FOLDER") || stat(getenv("DISK_FOLDER"), &facts)) return;
            device = facts.st_dev;
            int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
            record = syscall(SYS_openat, AT_FDCWD, getenv("DISK_RECORD"), flags, 0600);
        }

        static void note(const char *kind, unsigned long long a, unsigned long long b, unsigned long long c,
                const void *bytes, size_t count, const char *text) {
            char line[200];
            size_t length = text ? strlen(text) : 0;
            struct iovec parts[3] = {{line}, {(void *)bytes, count}, {(void *)text, length}};
            parts[0].iov_len = snprintf(line, sizeof line, "%s %llu %llu %llu %zu %zu\n", kind, a, b, c, count, length);
            if (syscall(SYS_writev, record, parts, 3) != (long)(parts[0].iov_len + count + length)) abort();
        }

        /* The folder of a path, and the name in it; 0 where that is on another file system, or nothing is recorded. */
        static ino_t parent(int fd, const char *path, const char **name) {
            char folder[4096] = ".";
            struct stat facts;
            const char *slash = strrchr(path, '/');
            *name = slash ? slash + 1 : path;
            if (slash) snprintf(folder, sizeof folder, "%.*s", (int)(slash == path ? 1 : slash - path), path);
            return record >= 0 && !fstatat(fd, folder, &facts, 0) && facts.st_dev == device ? facts.st_ino : 0;
        }
        static ino_t of_path(int fd, const char *path, int flags, mode_t *mode) {
            struct stat facts;
            if (record < 0 || fstatat(fd, path, &facts, flags) || facts.st_dev != device) return 0;
            if (mode) *mode = facts.st_mode & 07777;
            return facts.st_ino;
        }
        static ino_t of_descriptor(int fd, mode_t *mode) {
            struct stat facts;
            if (record < 0 || fd <= 2 || fstat(fd, &facts) || facts.st_dev != device) return 0;
            if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return 0;
            if (mode) *mode = facts.st_mode & 07777;
            return facts.st_ino;
        }

        #define ORDERED(result, call) \
            pthread_mutex_lock(&one_at_a_time); \
            result value = call; \
            int code = errno; \
            pthread_mutex_unlock(&one_at_a_time); \
            errno = code; \
            return value;

        /* Opening and creating */
        static int opened(int fd, const char *path, int flags, mode_t mode) {
            const char *name;
            mode_t made;
            ino_t folder = flags & O_CREAT ? parent(fd, path, &name) : 0;
            int is_new = folder && !of_path(fd, path, AT_SYMLINK_NOFOLLOW, 0);
            int file = syscall(SYS_openat, fd, path, flags, mode);
            ino_t inode = file >= 0 ? of_descriptor(file, &made) : 0;
            if (inode && is_new) note("create", folder, inode, made, name, strlen(name), 0);
            else if (inode && flags & O_TRUNC) note("truncate", inode, 0, 0, 0, 0, 0);
            return file;
        }
        #define OPEN(name, parameters, fd) \
            int name parameters { \
                mode_t mode = 0; \
                if (flags & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
                ORDERED(int, opened(fd, path, flags, mode)) \
            }
        OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
        OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
        OPEN(openat, (int fd, const char *path, int flags, ...), fd)
        OPEN(openat64, (int fd, const char *path, int flags, ...), fd)
        int creat(const char *path, mode_t mode) {
            ORDERED(int, opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode))
        }

        /* Contents */
        static ssize_t written(int fd, const void *bytes, size_t count, off64_t place) {
            ino_t inode = of_descriptor(fd, 0);
            ssize_t done = place < 0 ? syscall(SYS_write, fd, bytes, count) : syscall(SYS_pwrite64, fd, bytes, count, place);
            if (done > 0 && inode) {
                off64_t begin = place < 0 ? lseek(fd, 0, SEEK_CUR) - done : place;
                note("write", inode, begin, 0, bytes, done, 0);
            }
            return done;
        }
        ssize_t write(int fd, const void *b, size_t c) { ORDERED(ssize_t, written(fd, b, c, -1)) }
        ssize_t pwrite(int fd, const void *b, size_t c, off_t p) { ORDERED(ssize_t, written(fd, b, c, p)) }
        ssize_t pwrite64(int fd, const void *b, size_t c, off64_t p) { ORDERED(ssize_t, written(fd, b, c, p)) }
        /* Writing less than asked is allowed: the caller goes on with the next part. */
        ssize_t writev(int fd, const struct iovec *parts, int n) {
            int i = 0;
            while (i + 1 < n && !parts[i].iov_len) i++;
            ORDERED(ssize_t, n > 0 ? written(fd, parts[i].iov_base, parts[i].iov_len, -1) : 0)
        }

        static int sized(int fd, off64_t size) {
            int failed = syscall(SYS_ftruncate, fd, size);
            ino_t inode = failed ? 0 : of_descriptor(fd, 0);
            if (inode) note("truncate", inode, size, 0, 0, 0, 0);
            return failed;
        }
        int ftruncate(int fd, off_t size) { ORDERED(int, sized(fd, size)) }
        int ftruncate64(int fd, off64_t size) { ORDERED(int, sized(fd, size)) }

        static int grown(int fd, int mode, off64_t offset, off64_t size) {
            int failed = syscall(SYS_fallocate, fd, mode, offset, size);
            ino_t inode = failed ? 0 : of_descriptor(fd, 0);
            if (inode && !mode) note("grow", inode, offset + size, 0, 0, 0, 0);
            else if (inode) note("fallocate", inode, mode, 0, 0, 0, 0);
            return failed;
        }
        int fallocate(int fd, int m, off_t o, off_t s) { ORDERED(int, grown(fd, m, o, s)) }
        int fallocate64(int fd, int m, off64_t o, off64_t s) { ORDERED(int, grown(fd, m, o, s)) }
        int posix_fallocate(int fd, off_t o, off_t s) { return fallocate(fd, 0, o, s) ? errno : 0; }
        int posix_fallocate64(int fd, off64_t o, off64_t s) { return fallocate(fd, 0, o, s) ? errno : 0; }

        /* Durability */
        static int synced(int fd, int call, const char *kind) {
            int failed = syscall(call, fd);
            ino_t inode = failed ? 0 : of_descriptor(fd, 0);
            if (inode) note(kind, inode, 0, 0, 0, 0, 0);
            return failed;
        }
        int fsync(int fd) { ORDERED(int, synced(fd, SYS_fsync, "sync")) }
        int fdatasync(int fd) { ORDERED(int, synced(fd, SYS_fdatasync, "datasync")) }

        /* Names */
        static int renamed(int fd, const char *from, int to_fd, const char *to, unsigned flags) {
            const char *old, *new;
            ino_t old_folder = parent(fd, from, &old), new_folder = parent(to_fd, to, &new);
            int failed = syscall(SYS_renameat2, fd, from, to_fd, to, flags);
            if (!failed && (old_folder || new_folder))
                note("rename", old_folder, new_folder, flags & RENAME_EXCHANGE, old, strlen(old), new);
            return failed;
        }
        int rename(const char *a, const char *b) { ORDERED(int, renamed(AT_FDCWD, a, AT_FDCWD, b, 0)) }
        int renameat(int f, const char *a, int g, const char *b) { ORDERED(int, renamed(f, a, g, b, 0)) }
        int renameat2(int f, const char *a, int g, const char *b, unsigned o) { ORDERED(int, renamed(f, a, g, b, o)) }

        static int removed(int fd, const char *path, int flags) {
            const char *name;
            ino_t folder = parent(fd, path, &name);
            int failed = syscall(SYS_unlinkat, fd, path, flags);
            if (!failed && folder) note("remove", folder, 0, 0, name, strlen(name), 0);
            return failed;
        }
        int unlink(const char *path) { ORDERED(int, removed(AT_FDCWD, path, 0)) }
        int unlinkat(int fd, const char *path, int flags) { ORDERED(int, removed(fd, path, flags)) }
        int rmdir(const char *path) { ORDERED(int, removed(AT_FDCWD, path, AT_REMOVEDIR)) }

        static int made(int fd, const char *path, mode_t mode) {
            const char *name;
            ino_t folder = parent(fd, path, &name);
            int failed = syscall(SYS_mkdirat, fd, path, mode);
            ino_t inode = failed ? 0 : of_path(fd, path, AT_SYMLINK_NOFOLLOW, &mode);
            if (inode && folder) note("mkdir", folder, inode, mode, name, strlen(name), 0);
            return failed;
        }
        int mkdir(const char *path, mode_t mode) { ORDERED(int, made(AT_FDCWD, path, mode)) }
        int mkdirat(int fd, const char *path, mode_t mode) { ORDERED(int, made(fd, path, mode)) }

        static int pointed(const char *target, int fd, const char *path) {
            const char *name;
            ino_t folder = parent(fd, path, &name);
            int failed = syscall(SYS_symlinkat, target, fd, path);
            ino_t inode = failed ? 0 : of_path(fd, path, AT_SYMLINK_NOFOLLOW, 0);
            if (inode && folder) note("symlink", folder, inode, 0, name, strlen(name), target);
            return failed;
        }
        int symlink(const char *target, const char *path) { ORDERED(int, pointed(target, AT_FDCWD, path)) }
        int symlinkat(const char *target, int fd, const char *path) { ORDERED(int, pointed(target, fd, path)) }

        static int linked(int fd, const char *path, int to_fd, const char *to, int flags) {
            const char *name;
            ino_t folder = parent(to_fd, to, &name);
            int failed = syscall(SYS_linkat, fd, path, to_fd, to, flags);
            ino_t inode = failed ? 0 : of_path(to_fd, to, AT_SYMLINK_NOFOLLOW, 0);
            if (inode && folder) note("link", folder, inode, 0, name, strlen(name), 0);
            return failed;
        }
        int link(const char *a, const char *b) { ORDERED(int, linked(AT_FDCWD, a, AT_FDCWD, b, 0)) }
        int linkat(int f, const char *a, int g, const char *b, int o) { ORDERED(int, linked(f, a, g, b, o)) }

        /* Permissions */
        static int permitted(int fd, const char *path, mode_t mode) {
            int failed = path ? syscall(SYS_fchmodat, fd, path, mode) : syscall(SYS_fchmod, fd, mode);
            ino_t inode = failed ? 0 : path ? of_path(fd, path, 0, 0) : of_descriptor(fd, 0);
            if (inode) note("mode", inode, mode, 0, 0, 0, 0);
            return failed;
        }
        int chmod(const char *path, mode_t mode) { ORDERED(int, permitted(AT_FDCWD, path, mode)) }
        int fchmod(int fd, mode_t mode) { ORDERED(int, permitted(fd, 0, mode)) }
        int fchmodat(int fd, const char *path, mode_t mode, int flags) { ORDERED(int, permitted(fd, path, mode)) }
        """#
}
