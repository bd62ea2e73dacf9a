/* identity.c - which file a name leads to; and whether the names in a folder have
 * changed, by one look at the folder. */
#define _GNU_SOURCE /* statx, makedev */
#include "sqlite/file/identity.h"

#include <jangle/plugin/support.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool find_by_stat(const char *path, struct jn_identity *identity)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return false;
    *identity = (struct jn_identity){(uint64_t)status.st_dev, (uint64_t)status.st_ino};
    return true;
}

static struct jn_identity identity_of(const struct statx *status)
{
    return (struct jn_identity){
        (uint64_t)makedev(status->stx_dev_major, status->stx_dev_minor), status->stx_ino};
}

/* The same as find_by_stat, but for the price. A file whose times were asked for gets
 * exact ones at its next write, and that write then changes its inode, too; so each
 * commit would pay for the look after the one before. Here only the inode is asked for.
 * Where a sandbox forbids statx, stat answers. */
bool jn_identity_find(const char *path, struct jn_identity *identity)
{
    struct statx status;

    if (statx(AT_FDCWD, path, 0, STATX_INO, &status) != 0)
        return find_by_stat(path, identity);
    *identity = identity_of(&status);
    return true;
}

bool jn_identity_is(const struct jn_identity *one, const struct jn_identity *other)
{
    return one->device == other->device && one->file == other->file;
}

/* ---- a folder ---------------------------------------------------------------- */

enum { SETTLED_US = 100000 };

/* What cannot be known is never the same: it is zeroed. */
static struct jn_folder find_folder(const char *path)
{
    struct statx status;

    if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_CTIME, &status) != 0 ||
        !(status.stx_mask & STATX_CTIME))
        return (struct jn_folder){.seconds = 0};
    return (struct jn_folder){.identity = identity_of(&status),
                              .seconds = status.stx_ctime.tv_sec,
                              .nanoseconds = status.stx_ctime.tv_nsec};
}

bool jn_folder_is_same(struct jn_folder *folder, const char *path)
{
    struct jn_folder now = find_folder(path);

    if (jn_identity_is(&folder->identity, &now.identity) &&
        folder->seconds == now.seconds && folder->nanoseconds == now.nanoseconds)
        return folder->is_trusted;
    *folder = now;
    folder->seen_us = jn_monotonic_us();
    return false;
}

void jn_folder_looked_at(struct jn_folder *folder, int64_t begun_us, bool went_well)
{
    folder->is_trusted =
        went_well && folder->nanoseconds && begun_us - folder->seen_us >= SETTLED_US;
}
