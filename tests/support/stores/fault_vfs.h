/* fault_vfs.h - SQLite's files on a disk that fails as it is told: full, with errors,
 * stopped in the middle, or without power.
 *
 * What programs read is what they wrote; what is on the disk is what was synced, and is
 * kept apart. A sync that fails leaves a hole: the system takes the pages for written
 * (P. Rebello et al., "Can Applications Recover from fsync Failures?", 2020), and a later
 * sync, which succeeds, does not write them.
 *
 * One disk a process: set it up before files are opened. */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_operation {
    FAULT_NOTHING,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_DELETE,
    FAULT_ANY_CHANGE, /* all but reads */
    FAULT_REFUSAL     /* another has the lock: only told to who watches */
};

/* What of that which was not synced is there after a power cut. */
enum fault_loss {
    FAULT_LOSE_NOTHING, /* a crash of the process alone */
    FAULT_LOSE_SOME,    /* each sector or not, by chance */
    FAULT_LOSE_ALL
};

/* Fails those operations from the at-th on, so many times. */
struct fault {
    enum fault_operation operation;
    const char *file; /* what its name ends with: "-wal"; NULL: any */
    int64_t at;       /* 1: the next */
    int64_t times;    /* 0: without end */
    int code;         /* SQLITE_IOERR_FSYNC */
};

/* The VFS's name, for jangle_sqlite_options.vfs. */
const char *fault_vfs_register(void);

/* A sound disk, where all that is there is safe; nothing counted. */
void fault_vfs_reset(void);

/* Operations that are still to fail; a fault of nothing is none. */
void fault_vfs_fail(struct fault fault);

/* What SQLite is told as errno of writes that are made to fail from now on. */
void fault_vfs_set_errno(int number);

/* Files may grow by so many bytes; negative: without end. */
void fault_vfs_set_room(int64_t bytes);

/* Does a write leave what is beside it in its sector alone when the power goes? SQLite is
 * told so, as by its own VFS, unless this is false: then it pads each commit to a whole
 * sector with copies of its last frame. */
void fault_vfs_set_safe_overwrite(bool safe);

/* Leave the process with code 77 instead of the at-th change from now on, with the power
 * gone or not. 0: never. If it is not gone, the disk's part is put beside the files, for
 * the process that opens them next with this VFS. */
enum { FAULT_EXIT = 77 };
void fault_vfs_stop_at(int64_t at, enum fault_loss loss, uint64_t seed);

/* The power goes now, and the process with it: code 77. */
void fault_vfs_cut_power(enum fault_loss loss, uint64_t seed);

/* Who is told of each operation, before it is done, by the thread that does it; NULL:
 * nobody. `name` is the file's. Set it while nothing is open. */
typedef void
fault_watch_fn(void *context, enum fault_operation operation, const char *name);
void fault_vfs_watch(fault_watch_fn *watch, void *context);

/* Since the last reset. */
int64_t fault_vfs_count(enum fault_operation operation);

#endif
