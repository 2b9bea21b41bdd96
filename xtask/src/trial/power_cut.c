/* What would be on the disk if the power failed now: nothing but what was synchronised.
 *
 * Preloaded into the server, this keeps a second folder beside the data folder. A write goes to the data folder as ever
 * and is noted; a synchronisation of the file copies what was noted into the second folder, and one of its folder makes
 * new, renamed and removed names hold there. Whoever kills the server and goes on with the second folder has had a power
 * cut: every write that no synchronisation covered is gone, and so is every file whose folder was not synchronised.
 *
 *   TRIAL_DATA   the data folder            TRIAL_DISK   the second folder, which begins as a copy of the first
 *   TRIAL_LIAR   set: synchronisations are reported and not done, as with `synchronous=OFF`; the trial must fail then
 *
 * The shared memory of SQLite's log (-shm) is mapped, never synchronised, and made anew after a crash: it is left out.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH 4096
#define FILES 65536

struct range { off_t from, to; };

/* A file that was written, or a folder that was synchronised, by its inode; `disk` is where it stands in the second folder:
 * a staged name until the folder that it lies in is synchronised. */
struct file {
    ino_t inode;
    char *disk;
    off_t length; /* what it was last cut to, -1: not cut */
    struct range *dirty;
    size_t count, room;
};

static struct file files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char data[PATH], disk[PATH];
static int liar;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_unlinkat)(int, const char *, int);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_unlinkat = dlsym(RTLD_NEXT, "unlinkat");
    real_rename = dlsym(RTLD_NEXT, "rename");
    const char *from = getenv("TRIAL_DATA"), *to = getenv("TRIAL_DISK");
    if (!from || !to || !realpath(from, data) || !realpath(to, disk)) {
        fprintf(stderr, "power_cut: TRIAL_DATA and TRIAL_DISK must name folders\n");
        abort();
    }
    liar = getenv("TRIAL_LIAR") != NULL;
}

static void fail(const char *what, const char *path) {
    fprintf(stderr, "power_cut: %s %s: %s\n", what, path, strerror(errno));
    abort();
}

/* The path of a descriptor below the data folder, or NULL. */
static const char *below(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    size_t prefix = strlen(data);
    if (strncmp(path, data, prefix) || (path[prefix] && path[prefix] != '/')) return NULL;
    const char *rest = path + prefix;
    size_t end = strlen(rest);
    if (end >= 4 && !strcmp(rest + end - 4, "-shm")) return NULL;
    return rest;
}

static struct file *by_inode(ino_t inode) {
    for (size_t at = inode % FILES, seen = 0; seen < FILES; at = (at + 1) % FILES, seen++)
        if (files[at].inode == inode || !files[at].inode) return &files[at];
    fail("too many files in", data);
    return NULL;
}

/* A file or folder of this inode at `rest` below the data folder, noted from now on. What the second folder has under that
 * name is it; otherwise it is staged until its folder is synchronised. */
static struct file *noted(ino_t inode, const char *rest, int folder) {
    static unsigned long next;
    char target[2 * PATH];
    struct stat there;
    struct file *file = by_inode(inode);
    if (file->disk) return file;
    snprintf(target, sizeof target, "%s%s", disk, rest);
    if (lstat(target, &there)) {
        snprintf(target, sizeof target, "%s/.staged-%lu", disk, next++);
        if (folder && mkdir(target, 0700)) fail("cannot make", target);
    }
    file->inode = inode;
    file->disk = strdup(target);
    file->length = -1;
    return file;
}

/* The file behind a descriptor; NULL where it is none of ours. */
static struct file *file_of(int fd) {
    char path[PATH];
    struct stat stat;
    /* A file without a name is on no disk afterwards, and its inode comes back as another's without anybody being told. */
    if (fstat(fd, &stat) || !S_ISREG(stat.st_mode) || !stat.st_nlink) return NULL;
    struct file *file = by_inode(stat.st_ino);
    if (file->disk) return file;
    const char *rest = below(fd, path);
    return rest ? noted(stat.st_ino, rest, 0) : NULL;
}

/* The inode of a name that is about to go, if nothing else names it. */
static ino_t last_name(int folder, const char *path) {
    struct stat stat;
    if (fstatat(folder, path, &stat, AT_SYMLINK_NOFOLLOW)) return 0;
    return S_ISDIR(stat.st_mode) || stat.st_nlink == 1 ? stat.st_ino : 0;
}

/* It is gone: its inode may come back as another file. What the disk has of it stays until its folder is synchronised. */
static void forget(ino_t inode) {
    if (!inode) return;
    pthread_mutex_lock(&lock);
    struct file *file = by_inode(inode);
    if (file->disk) {
        free(file->disk);
        free(file->dirty);
        *file = (struct file){.inode = inode, .length = -1};
    }
    pthread_mutex_unlock(&lock);
}

int unlinkat(int folder, const char *path, int flags) {
    ino_t inode = last_name(folder, path);
    int outcome = real_unlinkat(folder, path, flags);
    int fault = errno;
    if (!outcome) forget(inode);
    errno = fault;
    return outcome;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int rename(const char *from, const char *to) {
    ino_t inode = last_name(AT_FDCWD, to);
    int outcome = real_rename(from, to);
    int fault = errno;
    if (!outcome && inode != last_name(AT_FDCWD, to)) forget(inode);
    errno = fault;
    return outcome;
}

static void note(int fd, off_t from, ssize_t bytes) {
    if (bytes <= 0) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (file) {
        struct range *last = file->count ? &file->dirty[file->count - 1] : NULL;
        if (last && last->to == from) {
            last->to = from + bytes;
        } else {
            if (file->count == file->room) {
                file->room = file->room ? 2 * file->room : 16;
                file->dirty = realloc(file->dirty, file->room * sizeof *file->dirty);
                if (!file->dirty) fail("no memory for", file->disk);
            }
            file->dirty[file->count++] = (struct range){from, from + bytes};
        }
    }
    pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    off_t from = fd > 2 ? lseek(fd, 0, SEEK_CUR) : -1;
    ssize_t written = real_write(fd, bytes, count);
    int fault = errno;
    if (from >= 0) note(fd, written > 0 ? lseek(fd, 0, SEEK_CUR) - written : from, written);
    errno = fault;
    return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ssize_t written = real_writev(fd, parts, count);
    int fault = errno;
    off_t to = fd > 2 ? lseek(fd, 0, SEEK_CUR) : -1;
    if (to >= 0) note(fd, to - written, written);
    errno = fault;
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t from) {
    ssize_t written = real_pwrite(fd, bytes, count, from);
    int fault = errno;
    note(fd, from, written);
    errno = fault;
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t from) { return pwrite64(fd, bytes, count, from); }

int ftruncate64(int fd, off_t length) {
    int outcome = real_ftruncate(fd, length);
    int fault = errno;
    if (!outcome) {
        pthread_mutex_lock(&lock);
        struct file *file = file_of(fd);
        if (file) file->length = length;
        pthread_mutex_unlock(&lock);
    }
    errno = fault;
    return outcome;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* What was noted of a file becomes what the disk has of it. */
static void keep_file(int fd) {
    static char bytes[1 << 20];
    struct file *file = file_of(fd);
    if (!file) return;
    int to = open(file->disk, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (to < 0) fail("cannot open", file->disk);
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int from = open(link, O_RDONLY | O_CLOEXEC);
    if (from < 0) fail("cannot read", link);
    if (file->length >= 0 && real_ftruncate(to, file->length)) fail("cannot cut", file->disk);
    for (size_t at = 0; at < file->count; at++) {
        off_t where = file->dirty[at].from;
        while (where < file->dirty[at].to) {
            size_t wanted = file->dirty[at].to - where;
            if (wanted > sizeof bytes) wanted = sizeof bytes;
            ssize_t got = pread(from, bytes, wanted, where);
            if (got < 0) fail("cannot read", link);
            if (!got) break; /* cut meanwhile */
            if (real_pwrite(to, bytes, got, where) != got) fail("cannot write", file->disk);
            where += got;
        }
    }
    file->count = 0;
    file->length = -1;
    close(from);
    close(to);
}

/* A file or folder stands under another name from now on, and so does what lies in it. */
static void rename_noted(struct file *file, const char *name) {
    char moved[3 * PATH];
    size_t end = strlen(file->disk);
    char *old = file->disk;
    if (real_rename(old, name)) fail("cannot rename to", name);
    for (size_t at = 0; at < FILES; at++) {
        if (!files[at].disk || &files[at] == file || strncmp(files[at].disk, old, end) || files[at].disk[end] != '/') continue;
        snprintf(moved, sizeof moved, "%s%s", name, files[at].disk + end);
        free(files[at].disk);
        files[at].disk = strdup(moved);
    }
    file->disk = strdup(name);
    free(old);
}

/* The names in a folder become what the disk has of it. */
static void keep_folder(ino_t inode, const char *rest) {
    char live[2 * PATH], kept[2 * PATH], name[3 * PATH], other[3 * PATH];
    struct stat stat, there;
    snprintf(live, sizeof live, "%s%s", data, rest);
    snprintf(kept, sizeof kept, "%s", noted(inode, rest, 1)->disk);
    DIR *names = opendir(live);
    if (!names) return;
    for (struct dirent *entry; (entry = readdir(names));) {
        size_t end = strlen(entry->d_name);
        if (entry->d_name[0] == '.' && (end == 1 || (end == 2 && entry->d_name[1] == '.'))) continue;
        if (end >= 4 && !strcmp(entry->d_name + end - 4, "-shm")) continue;
        snprintf(name, sizeof name, "%s/%s", live, entry->d_name);
        snprintf(other, sizeof other, "%s/%s", kept, entry->d_name);
        if (lstat(name, &stat)) continue;
        struct file *file = by_inode(stat.st_ino);
        if (file->disk && strcmp(file->disk, other)) {
            /* New or renamed. One that was never synchronised is there, and empty. */
            if (lstat(file->disk, &there)) {
                int made = open(file->disk, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
                if (made < 0) fail("cannot make", file->disk);
                close(made);
            }
            rename_noted(file, other);
        } else if (!file->disk && lstat(other, &there)) {
            int made = S_ISDIR(stat.st_mode) ? mkdir(other, 0700) : open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
            if (made < 0) fail("cannot make", other);
            if (!S_ISDIR(stat.st_mode)) close(made);
        }
    }
    closedir(names);
    names = opendir(kept);
    if (!names) fail("cannot read", kept);
    for (struct dirent *entry; (entry = readdir(names));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", live, entry->d_name);
        snprintf(other, sizeof other, "%s/%s", kept, entry->d_name);
        if (lstat(name, &stat) && !lstat(other, &there) && S_ISREG(there.st_mode)) real_unlinkat(AT_FDCWD, other, 0);
    }
    closedir(names);
}

int fsync(int fd) {
    int outcome = real_fsync(fd);
    int fault = errno;
    if (!outcome && !liar) {
        char path[PATH];
        struct stat stat;
        pthread_mutex_lock(&lock);
        const char *rest = below(fd, path);
        if (!fstat(fd, &stat) && S_ISDIR(stat.st_mode)) {
            if (rest) keep_folder(stat.st_ino, rest);
        } else {
            keep_file(fd);
        }
        pthread_mutex_unlock(&lock);
    }
    errno = fault;
    return outcome;
}

int fdatasync(int fd) { return fsync(fd); }
