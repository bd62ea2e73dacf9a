/* lock.c - locks among processes, on bytes of FILE-lock. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "sqlite/file/lock.h"
#include "sqlite/file/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which byte is which lock. A byte need not exist in the file to be locked. */
enum {
    WRITER = 1024,
    WAITING = 1025, /* shared by all who wait for the writer lock */
    RECORD = 16,    /* the offset of the record in the file */
    POLL_MS = 1,
    STAND_BACK_MS = 2 * POLL_MS /* long enough for one poll of any waiter */
};

/* ---- bytes ------------------------------------------------------------------- */

static int set_lock(struct jn_lock *lock, short type, int64_t byte)
{
    struct flock range = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
    int failed;

    do
        failed = fcntl(lock->file, F_OFD_SETLK, &range);
    while (failed && errno == EINTR);
    return failed;
}

/* Lock a byte. BUSY if another has it; STORAGE if the file system fails. */
static enum jangle_result take_byte(struct jn_lock *lock, short type, int64_t byte)
{
    if (set_lock(lock, type, byte) == 0)
        return JANGLE_OK;
    return errno == EAGAIN || errno == EACCES ? JANGLE_BUSY : JANGLE_STORAGE;
}

/* Has anybody else a lock, even a shared one, on any of these bytes? */
static bool any_is_taken(struct jn_lock *lock, int64_t byte, int64_t count)
{
    struct flock range = {.l_type = F_WRLCK,
                          .l_whence = SEEK_SET,
                          .l_start = (off_t)byte,
                          .l_len = (off_t)count};

    return fcntl(lock->file, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

enum jangle_result jn_lock_take(struct jn_lock *lock, int64_t byte)
{
    return take_byte(lock, F_WRLCK, byte);
}

bool jn_lock_is_taken(struct jn_lock *lock, int64_t byte)
{
    return any_is_taken(lock, byte, 1);
}

void jn_lock_release(struct jn_lock *lock, int64_t byte)
{
    int failed = set_lock(lock, F_UNLCK, byte);

    assert(!failed);
    (void)failed;
}

/* ---- the lock file ----------------------------------------------------------- */

/* A user who can lock the bytes can hold up the store, so only the owner and those who
 * may read the store may. Others have the rights that the store's file gives them; if
 * there is no file yet, they have none. The owner may always lock, also if the store's
 * file is write-protected. */
static mode_t mode_beside(const struct stat *rights)
{
    return 0600 | (rights->st_mode & 0066);
}

/* Locking a byte takes the right to read, or the right to write. */
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
        return JANGLE_OK; /* there is no lock file */
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

/* Make the lock file. EPERM if it would belong to another user than the store. */
static int make_lock_file(const char *path, const struct stat *rights)
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
            file = make_lock_file(lock->path, rights);
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

enum jangle_result jn_lock_open(struct jn_lock *lock,
                                const struct jn_group *group,
                                bool make,
                                struct jangle_error *error)
{
    struct stat rights;
    enum jangle_result result;
    int number;

    *lock = (struct jn_lock){.path = group->paths[JN_MEMBER_LOCK]};
    read_rights(group->paths[JN_MEMBER_FILE], &rights);
    lock->file = open_or_make(lock, make ? O_RDWR : O_RDONLY, &rights);
    number = errno;
    if (lock->file < 0 && number == ENOENT && !make)
        return JANGLE_OK;
    result = check_rights(lock, &rights, error);
    if (!result && lock->file < 0)
        result = refuse_to_open(lock, number, error);
    if (result)
        jn_lock_close(lock);
    return result;
}

void jn_lock_close(struct jn_lock *lock)
{
    if (lock->file >= 0)
        close(lock->file);
    lock->file = JN_LOCK_NONE;
}

/* ---- the writer lock ------------------------------------------------------- */

static enum jangle_result lock_failed(struct jn_lock *lock, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_STORAGE, "%s: %s", lock->path, strerror(errno));
}

/* Wait until the writer lock is free. Time is counted in polls, so that no clock that
 * jumps can shorten or lengthen the wait. */
static enum jangle_result wait_for_writer_lock(struct jn_lock *lock, int64_t timeout_ms)
{
    enum jangle_result result = take_byte(lock, F_RDLCK, WAITING);

    if (result == JANGLE_STORAGE)
        return result;
    result = JANGLE_BUSY;
    for (int64_t waited = 0; result == JANGLE_BUSY && waited < timeout_ms;
         waited += POLL_MS) {
        jn_pause_until(jn_monotonic_after_ms(POLL_MS));
        result = jn_lock_take(lock, WRITER);
    }
    jn_lock_release(lock, WAITING);
    return result;
}

/* The writer's flag is the first byte of the lock file: 1 while somebody writes. It is
 * set before anything else is written and cleared when all went well. A process that
 * takes the lock and finds it set comes after one that died, or does not know the outcome
 * of its commit. It need not be durable: after a power cut no session lives, which is
 * noticed, too. */
static bool read_flag(struct jn_lock *lock, bool *is_set)
{
    char flag = 0;
    ssize_t size = pread(lock->file, &flag, 1, 0);

    *is_set = flag == 1;
    return size >= 0; /* a new lock file is empty */
}

static bool write_flag(struct jn_lock *lock, bool is_set)
{
    char flag = is_set ? 1 : 0;

    return pwrite(lock->file, &flag, 1, 0) == 1;
}

enum jangle_result jn_lock_take_writer(struct jn_lock *lock,
                                       int64_t timeout_ms,
                                       bool *unclean,
                                       struct jangle_error *error)
{
    enum jangle_result result;

    if (lock->stand_back)
        jn_pause_until(jn_monotonic_after_ms(STAND_BACK_MS));
    lock->stand_back = false;
    result = jn_lock_take(lock, WRITER);
    if (result == JANGLE_BUSY)
        result = wait_for_writer_lock(lock, timeout_ms);
    if (result == JANGLE_BUSY)
        return jn_fail(error, JANGLE_BUSY,
                       "%s: another process has had the writer lock for %lld ms",
                       lock->path, (long long)timeout_ms);
    if (result)
        return lock_failed(lock, error);
    if (!read_flag(lock, unclean) || !write_flag(lock, true)) {
        result = lock_failed(lock, error);
        jn_lock_release(lock, WRITER);
        return result;
    }
    return JANGLE_OK;
}

void jn_lock_release_writer(struct jn_lock *lock, bool clean)
{
    if (clean)
        write_flag(lock, false); /* if that fails, the next writer passes the fence */
    lock->stand_back = jn_lock_is_taken(lock, WAITING);
    jn_lock_release(lock, WRITER);
}

/* The writer lock is looked at twice, because somebody may begin or end between. */
bool jn_lock_is_in_doubt(struct jn_lock *lock)
{
    bool is_set = false;

    return lock->file >= 0 && !jn_lock_is_taken(lock, WRITER) &&
           read_flag(lock, &is_set) && is_set && !jn_lock_is_taken(lock, WRITER);
}

/* ---- sessions -------------------------------------------------------------- */

bool jn_lock_has_session(struct jn_lock *lock)
{
    return any_is_taken(lock, JN_SESSION_BYTE(0), JN_SESSIONS_MAX);
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
    return lock_failed(lock, error);
}
