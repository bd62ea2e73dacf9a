/* writer_lock.c - the writer lock: one thread of one process writes at a time. The mutex
 * comes first, for the threads of this process, and then FILE-lock, for the processes. */
#include "sqlite/file/writer_lock.h"

#include "sqlite/file/fence.h"
#include "sqlite/file/moved.h"
#include "sqlite/file/wal_checkpoint.h"

static enum jangle_result check_writes(struct jn_file *file, struct jangle_error *error)
{
    if (!file->follower)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: is only read here: this jangle is a follower", file->path);
}

/* Every failure of a fence but a lost file is BUSY for the command that met it, because
 * the next one tries again. */
static enum jangle_result pass_fence(struct jn_file *file, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_file_fence(file, &why);

    if (!result)
        return JANGLE_OK;
    if (atomic_load(&file->lost))
        return jn_file_refuse_lost(file, error);
    return jn_fail(
        error, JANGLE_BUSY,
        "%s: recovering after an error or a crash: no command is stored until that "
        "completes: %s",
        file->path, why.message);
}

enum jangle_result jn_file_take_writer_lock(struct jn_file *file,
                                            struct jangle_error *error)
{
    enum jangle_result result = check_writes(file, error);
    bool unclean = false;

    if (!result)
        result = jn_file_refuse_lost(file, error);
    if (result)
        return result;
    if (atomic_load(&file->fencing))
        return jn_fail(error, JANGLE_BUSY,
                       "%s: recovering after an error or a crash: try again", file->path);
    jn_mutex_lock(&file->writer_mutex);
    result = jn_lock_take_writer(&file->lock, file->options.writer_timeout_ms, &unclean,
                                 error);
    if (!result) {
        if (unclean)
            atomic_store(&file->fenced, true);
        if (atomic_load(&file->fenced))
            result = pass_fence(file, error);
        if (result)
            jn_lock_release_writer(&file->lock, false);
    }
    if (result)
        jn_mutex_unlock(&file->writer_mutex);
    return result;
}

enum jangle_result jn_file_take_writer_lock_last(struct jn_file *file)
{
    enum jangle_result result = check_writes(file, NULL);
    bool unclean = false;

    if (!result)
        result = jn_file_refuse_lost(file, NULL);
    if (result)
        return result;
    jn_mutex_lock(&file->writer_mutex);
    result =
        jn_lock_take_writer(&file->lock, file->options.writer_timeout_ms, &unclean, NULL);
    if (!result && (unclean || atomic_load(&file->fenced))) {
        jn_lock_release_writer(&file->lock, false);
        result = JANGLE_BUSY;
    }
    if (result)
        jn_mutex_unlock(&file->writer_mutex);
    return result;
}

void jn_file_release_writer_lock(struct jn_file *file)
{
    bool may_write = !atomic_load(&file->fenced) && !atomic_load(&file->lost);

    if (may_write && file->log_frames >= file->wal_checkpoint_at)
        jn_file_wal_checkpoint(file);
    jn_lock_release_writer(&file->lock, !atomic_load(&file->fenced));
    jn_mutex_unlock(&file->writer_mutex);
}

/* What a follower sees may be a commit whose program died in it. Only a program that
 * writes can find out. */
static enum jangle_result settle_follower(struct jn_file *file,
                                          struct jangle_error *error)
{
    if (!jn_lock_is_in_doubt(&file->lock))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_BUSY,
                   "%s: a program died while it wrote, and this one is a follower: open "
                   "the store with a program that writes, which recovers it",
                   file->path);
}

enum jangle_result jn_file_settle(struct jn_file *file, struct jangle_error *error)
{
    enum jangle_result result;

    if (file->use >= JN_FILE_LOOKS)
        return JANGLE_OK; /* whoever looks is told that it is in doubt */
    if (file->follower)
        return settle_follower(file, error);
    if (atomic_load(&file->lost) || !atomic_load(&file->fenced))
        return jn_file_refuse_lost(file, error);
    result = jn_file_take_writer_lock(file, error);
    if (!result)
        jn_file_release_writer_lock(file);
    return result;
}
