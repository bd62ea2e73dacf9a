/* wal_checkpoint.c - the log is folded into the file, by who has the writer lock, and
 * does not grow without end.
 *
 * SQLite begins its log anew when all of it is folded in and nobody reads from it any
 * more. Readers that overlap are never that far, one after the other: so at some length
 * those of this process wait for a moment, until the log is empty. */
#include "sqlite/file/wal_checkpoint.h"

#include "sqlite/file/moved.h"
#include "sqlite/file/readers.h"

enum {
    BOUND = 4,    /* times as long as it is when it is folded in */
    HOLD_MS = 100 /* that readers of this process wait, and then those of others */
};

static int64_t now_ms(const struct jn_file *file)
{
    const struct jangle_clock *clock = &file->host->clock;

    return (clock->monotonic_us ? clock->monotonic_us(clock->context)
                                : jn_monotonic_us()) /
           1000;
}

static int64_t bound(const struct jn_file *file)
{
    return BOUND * file->options.wal_checkpoint_frames;
}

void jn_file_begin_log(struct jn_file *file)
{
    file->log_frames = 0;
    file->wal_checkpoint_at = file->options.wal_checkpoint_frames;
    file->wait_at = bound(file);
}

/* ---- what is told ------------------------------------------------------------ */

static void tell(const struct jn_file *file,
                 enum jangle_level level,
                 const char *topic,
                 const char *message,
                 const struct jangle_log_pair *pairs,
                 size_t pair_count)
{
    const struct jangle_host *host = file->host;
    struct jangle_log_entry entry = {.at = host->clock.now(host->clock.context),
                                     .level = level,
                                     .topic = topic,
                                     .message = message,
                                     .pairs = pairs,
                                     .pair_count = pair_count};

    host->logger.write(host->logger.context, &entry);
}

static void tell_folded(const struct jn_file *file, int frames, int folded)
{
    const struct jangle_log_pair pairs[] = {
        {"location", file->path, 0}, {"frames", NULL, frames}, {"folded", NULL, folded}};

    tell(file, JANGLE_LEVEL_DEBUG, "WAL_CHECKPOINTED", "folded in", pairs,
         sizeof pairs / sizeof *pairs);
}

static void tell_held(const struct jn_file *file, const char *message)
{
    const struct jangle_log_pair pairs[] = {
        {"location", file->path, 0},
        {"frames", NULL, file->log_frames},
        {"held_ms", NULL, now_ms(file) - file->held_since_ms}};

    tell(file, JANGLE_LEVEL_WARNING, "WAL_HELD", message, pairs,
         sizeof pairs / sizeof *pairs);
}

/* ---- folding it in ----------------------------------------------------------- */

/* The only call of its kind on a store: SQLite's code. `*all`: nothing is left of it. */
static int fold_in(struct jn_file *file, int mode, int64_t timeout_ms, bool *all)
{
    sqlite3 *handle = file->writer.handle;
    int frames = 0;
    int folded = 0;
    int code;

    sqlite3_busy_timeout(handle, (int)timeout_ms);
    JN_FAILPOINT("checkpoint.begin");
    code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &frames, &folded);
    JN_FAILPOINT("checkpoint.end");
    code = jn_database_file_code(&file->writer, code);
    sqlite3_busy_timeout(handle, (int)file->options.writer_timeout_ms);
    tell_folded(file, frames, folded);
    /* A sync that failed may have left a hole in the log, as one in a commit may. */
    if ((code & 0xff) == SQLITE_IOERR)
        atomic_store(&file->fenced, true);
    *all = code == SQLITE_OK && folded == frames;
    return code;
}

enum jangle_result
jn_file_empty_log(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error)
{
    bool all;
    int code = fold_in(file, SQLITE_CHECKPOINT_TRUNCATE, timeout_ms, &all);

    if ((code & 0xff) == SQLITE_BUSY)
        return jn_fail(error, JANGLE_BUSY,
                       "%s: cannot be written before readers of the time before the last "
                       "crash or error are done",
                       file->path);
    return jn_database_result(&file->writer, code, error);
}

/* Whoever begins to read now would be the next who is in the way. */
static void empty_without_readers(struct jn_file *file)
{
    bool done;

    jn_file_hold_readers(file, HOLD_MS);
    done = !jn_file_empty_log(file, HOLD_MS, NULL);
    jn_file_resume_readers(file);
    if (!done && !file->is_held)
        file->held_since_ms = now_ms(file);
    if (!done)
        tell_held(file,
                  "the log cannot be emptied, for another program, or a backup, "
                  "reads what was stored before it");
    else if (file->is_held)
        tell_held(file, "the log is empty again");
    file->is_held = !done;
    if (done)
        jn_file_begin_log(file);
    else
        file->wait_at = file->log_frames + bound(file);
}

/* What a reader was in the way of is tried again when there is more to gain, but no later
 * than at the length at which readers wait: or the log would grow beyond it. */
static int64_t next_wal_checkpoint(const struct jn_file *file, bool all)
{
    int64_t next = file->options.wal_checkpoint_frames + (all ? 0 : file->log_frames);

    return file->log_frames < file->wait_at && next > file->wait_at ? file->wait_at
                                                                    : next;
}

void jn_file_wal_checkpoint(struct jn_file *file)
{
    bool all;

    if (jn_file_check_group(file, NULL))
        return;
    fold_in(file, SQLITE_CHECKPOINT_PASSIVE, 0, &all);
    file->wal_checkpoint_at = next_wal_checkpoint(file, all);
    if (!atomic_load(&file->fenced) &&
        (file->log_frames >= file->wait_at || (all && file->is_held)))
        empty_without_readers(file);
}
