/* lock.c - which process may write: byte ranges of FILE-lock. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "sqlite/file/lock.h"
#include "sqlite/file/database.h"
#include "sqlite/file/files.h"
#include "sqlite/file/group.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Bytes need not be in the file to be locked. */
enum {
    WRITER = 1024,
    WAITING = 1025, /* shared by all who wait for the writer lock */
    SESSIONS = 1 << 20,
    RECORD = 16, /* where the record is in the file */
    POLL_MS = 1,
    STAND_BACK_MS = 2 * POLL_MS /* one whole poll of any waiter falls into it */
};

static const int64_t subscribers = (int64_t)1 << 40;

/* ---- bytes ------------------------------------------------------------------- */

static int set(struct jn_lock *lock, short type, int64_t byte)
{
    struct flock range = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
    int failed;

    do
        failed = fcntl(lock->file, F_OFD_SETLK, &range);
    while (failed && errno == EINTR);
    return failed;
}

/* BUSY if another has it; what else can go wrong is the file system's. */
static enum jangle_result take(struct jn_lock *lock, short type, int64_t byte)
{
    if (set(lock, type, byte) == 0)
        return JANGLE_OK;
    return errno == EAGAIN || errno == EACCES ? JANGLE_BUSY : JANGLE_STORAGE;
}

static void release(struct jn_lock *lock, int64_t byte)
{
    int failed = set(lock, F_UNLCK, byte);

    assert(!failed);
    (void)failed;
}

/* Has another a lock on one of them, even a shared one? */
static bool any_is_taken(struct jn_lock *lock, int64_t byte, int64_t count)
{
    struct flock range = {.l_type = F_WRLCK,
                          .l_whence = SEEK_SET,
                          .l_start = (off_t)byte,
                          .l_len = (off_t)count};

    return fcntl(lock->file, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

static bool is_taken(struct jn_lock *lock, int64_t byte)
{
    return any_is_taken(lock, byte, 1);
}

/* ---- the sidecar ------------------------------------------------------------- */

/* Who may lock the bytes may hold up the store: nobody but its owner and those who may
 * read it. So others get the rights that the store's file gives them; if there is none
 * yet, they get none. The owner may always lock, also what he may not write just now. */
static mode_t mode_beside(const struct stat *rights)
{
    return 0600 | (rights->st_mode & 0066);
}

/* It takes a right to read, or one to write, to lock a byte. */
static bool others_may_lock(mode_t mode, const struct stat *rights)
{
    bool group = (mode & 0060) && !(rights->st_mode & 0060);
    bool world = (mode & 0006) && !(rights->st_mode & 0006);

    return group || world;
}

static void read_rights(const char *path, struct stat *rights)
{
    if (stat(path, rights) == 0)
        return;
    *rights = (struct stat){
        .st_uid = geteuid(), .st_gid = (gid_t)-1, .st_mode = S_IFREG | 0600};
}

static enum jangle_result
check_rights(struct jn_lock *lock, const struct stat *rights, struct jangle_error *error)
{
    const char *shown = jn_files_shown(lock->path);
    struct stat status;
    const char *fault;

    if (lock->file >= 0 ? fstat(lock->file, &status) : lstat(lock->path, &status))
        return JANGLE_OK; /* there is none */
    fault = jn_group_fault(&status);
    if (fault)
        return jn_fail(error, JANGLE_INVALID, "%s: %s", shown, fault);
    if (status.st_uid != rights->st_uid)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: belongs to another user (%u) than the store (%u), and who "
                       "owns it can hold up the store: remove it while no program runs",
                       shown, (unsigned)status.st_uid, (unsigned)rights->st_uid);
    if (others_may_lock(status.st_mode, rights))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: can be locked by users who may not read the store (its mode "
                       "is %03o, the store's %03o): give it the mode %03o",
                       shown, (unsigned)status.st_mode & 0777,
                       (unsigned)rights->st_mode & 0777, (unsigned)mode_beside(rights));
    return JANGLE_OK;
}

/* EPERM: it would be another user's than the store. */
static int make_sidecar(const char *path, const struct stat *rights)
{
    int file;

    if (rights->st_uid != geteuid() && geteuid() != 0) {
        errno = EPERM;
        return -1;
    }
    file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return -1;
    if ((geteuid() != 0 || fchown(file, rights->st_uid, rights->st_gid) == 0) &&
        fchmod(file, mode_beside(rights)) == 0)
        return file;
    close(file);
    unlink(path);
    return -1;
}

static int open_or_make(struct jn_lock *lock, int flags, const struct stat *rights)
{
    int file;

    do {
        file = open(lock->path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (file < 0 && errno == ENOENT && flags == O_RDWR)
            file = make_sidecar(lock->path, rights);
    } while (file < 0 && errno == EEXIST); /* another was faster */
    return file;
}

static enum jangle_result
refuse_to_open(struct jn_lock *lock, int number, struct jangle_error *error)
{
    const char *shown = jn_files_shown(lock->path);

    if (number == EPERM)
        return jn_fail(
            error, JANGLE_STORAGE,
            "%s: is not there, and must belong to the user who owns the store: "
            "let that user open the store first",
            shown);
    return jn_fail(error, JANGLE_STORAGE,
                   "%s: cannot be opened: %s: look at its owner and mode, and those of "
                   "its folder",
                   shown, strerror(number));
}

static enum jangle_result open_sidecar(struct jn_lock *lock,
                                       const char *path,
                                       int flags,
                                       const struct jangle_allocator *allocator,
                                       struct jangle_error *error)
{
    size_t size = strlen(path) + sizeof "-lock";
    struct stat rights;
    enum jangle_result result;
    int number;

    *lock = (struct jn_lock){.file = JN_LOCK_NONE};
    lock->path = jn_resize(allocator, NULL, size);
    if (!lock->path)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", path);
    snprintf(lock->path, size, "%s-lock", path);
    read_rights(path, &rights);
    lock->file = open_or_make(lock, flags, &rights);
    number = errno;
    if (lock->file < 0 && number == ENOENT && flags == O_RDONLY)
        return JANGLE_OK;
    result = check_rights(lock, &rights, error);
    if (!result && lock->file < 0)
        result = refuse_to_open(lock, number, error);
    if (result)
        jn_lock_close(lock, allocator);
    return result;
}

enum jangle_result jn_lock_open(struct jn_lock *lock,
                                const char *path,
                                const struct jangle_allocator *allocator,
                                struct jangle_error *error)
{
    return open_sidecar(lock, path, O_RDWR, allocator, error);
}

enum jangle_result jn_lock_open_to_look(struct jn_lock *lock,
                                        const char *path,
                                        const struct jangle_allocator *allocator,
                                        struct jangle_error *error)
{
    return open_sidecar(lock, path, O_RDONLY, allocator, error);
}

void jn_lock_abandon(struct jn_lock *lock)
{
    if (lock->file >= 0)
        close(lock->file);
    lock->file = JN_LOCK_NONE;
}

void jn_lock_close(struct jn_lock *lock, const struct jangle_allocator *allocator)
{
    jn_lock_abandon(lock);
    jn_free(allocator, lock->path);
    *lock = (struct jn_lock){.file = JN_LOCK_NONE};
}

/* ---- the writer lock ------------------------------------------------------- */

static void sleep_ms(int64_t ms)
{
    struct timespec rest = {.tv_sec = (time_t)(ms / 1000),
                            .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
        ;
}

static enum jangle_result fail(struct jn_lock *lock, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_STORAGE, "%s: %s", lock->path, strerror(errno));
}

/* Time is counted in polls: no clock can jump here. */
static enum jangle_result wait_for_writer(struct jn_lock *lock, int64_t timeout_ms)
{
    enum jangle_result result = take(lock, F_RDLCK, WAITING);

    if (result == JANGLE_STORAGE)
        return result;
    result = JANGLE_BUSY;
    for (int64_t waited = 0; result == JANGLE_BUSY && waited < timeout_ms;
         waited += POLL_MS) {
        sleep_ms(POLL_MS);
        result = take(lock, F_WRLCK, WRITER);
    }
    release(lock, WAITING);
    return result;
}

/* One byte says that somebody writes: it is written before anything else, and wiped out
 * after all went well. Who finds it on taking the lock comes after one who did not get so
 * far. It need not be durable: after a power cut no session lives, and that is noticed,
 * too. */
static bool read_mark(struct jn_lock *lock, bool *marked)
{
    char mark = 0;
    ssize_t size = pread(lock->file, &mark, 1, 0);

    *marked = mark == 1;
    return size >= 0; /* a new sidecar has none */
}

static bool write_mark(struct jn_lock *lock, bool marked)
{
    char mark = marked ? 1 : 0;

    return pwrite(lock->file, &mark, 1, 0) == 1;
}

enum jangle_result jn_lock_take_writer(struct jn_lock *lock,
                                       int64_t timeout_ms,
                                       bool *unclean,
                                       struct jangle_error *error)
{
    enum jangle_result result;

    if (lock->stand_back)
        sleep_ms(STAND_BACK_MS);
    lock->stand_back = false;
    result = take(lock, F_WRLCK, WRITER);
    if (result == JANGLE_BUSY)
        result = wait_for_writer(lock, timeout_ms);
    if (result == JANGLE_BUSY)
        return jn_fail(error, JANGLE_BUSY,
                       "%s: another process has had the writer lock for %lld ms",
                       lock->path, (long long)timeout_ms);
    if (result)
        return fail(lock, error);
    if (!read_mark(lock, unclean) || !write_mark(lock, true)) {
        result = fail(lock, error);
        release(lock, WRITER);
        return result;
    }
    return JANGLE_OK;
}

void jn_lock_release_writer(struct jn_lock *lock, bool clean)
{
    if (clean)
        write_mark(lock, false); /* if it cannot be, the next one looks more closely */
    lock->stand_back = is_taken(lock, WAITING);
    release(lock, WRITER);
}

/* Between the looks somebody may have begun to write, or ended. */
bool jn_lock_is_in_doubt(struct jn_lock *lock)
{
    bool marked = false;

    return lock->file >= 0 && !is_taken(lock, WRITER) && read_mark(lock, &marked) &&
           marked && !is_taken(lock, WRITER);
}

/* ---- sessions and subscribers ------------------------------------------------ */

enum jangle_result jn_lock_take_session(struct jn_lock *lock, int64_t session)
{
    return take(lock, F_WRLCK, SESSIONS + session);
}

bool jn_lock_session_lives(struct jn_lock *lock, int64_t session)
{
    return is_taken(lock, SESSIONS + session);
}

void jn_lock_release_session(struct jn_lock *lock, int64_t session)
{
    release(lock, SESSIONS + session);
}

bool jn_lock_has_session(struct jn_lock *lock)
{
    return any_is_taken(lock, SESSIONS, JN_SESSIONS_MAX);
}

bool jn_lock_read_record(struct jn_lock *lock, void *record, size_t size)
{
    return pread(lock->file, record, size, RECORD) == (ssize_t)size;
}

enum jangle_result jn_lock_write_record(struct jn_lock *lock,
                                        const void *record,
                                        size_t size,
                                        struct jangle_error *error)
{
    if (pwrite(lock->file, record, size, RECORD) == (ssize_t)size)
        return JANGLE_OK;
    return fail(lock, error);
}

bool jn_lock_subscriber_is_taken(struct jn_lock *lock, int64_t subscriber)
{
    return is_taken(lock, subscribers + subscriber);
}

enum jangle_result jn_lock_take_subscriber(struct jn_lock *lock, int64_t subscriber)
{
    return take(lock, F_WRLCK, subscribers + subscriber);
}

void jn_lock_release_subscriber(struct jn_lock *lock, int64_t subscriber)
{
    release(lock, subscribers + subscriber);
}
