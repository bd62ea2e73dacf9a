/* wal_checkpoint.c - WAL checkpoints, made by the thread that has the writer lock, so
 * that the WAL does not grow without end. wal_checkpoint.h says why readers must wait for
 * it. */
#include "sqlite/file/wal_checkpoint.h"

#include "sqlite/file/moved.h"
#include "sqlite/file/readers.h"

enum {
    BOUND = 4,    /* WAL checkpoints fit into the WAL before readers must wait */
    HOLD_MS = 100 /* for readers of this process, and again for those of others */
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

/* ---- log lines --------------------------------------------------------------- */

static void log_line(const struct jn_file *file,
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

static void log_wal_checkpoint(const struct jn_file *file, int frames, int done)
{
    const struct jangle_log_pair pairs[] = {{"location", file->path, 0},
                                            {"frames", NULL, frames},
                                            {"checkpointed", NULL, done}};

    log_line(file, JANGLE_LEVEL_DEBUG, "WAL_CHECKPOINTED",
             "the WAL was written into the file", pairs, sizeof pairs / sizeof *pairs);
}

static void log_held(const struct jn_file *file, const char *message)
{
    const struct jangle_log_pair pairs[] = {
        {"location", file->path, 0},
        {"frames", NULL, file->log_frames},
        {"held_ms", NULL, now_ms(file) - file->held_since_ms}};

    log_line(file, JANGLE_LEVEL_WARNING, "WAL_HELD", message, pairs,
             sizeof pairs / sizeof *pairs);
}

/* ---- the WAL checkpoint ------------------------------------------------------- */

/* The only place that makes a WAL checkpoint of a store. Returns SQLite's code; `*all`
 * says that all frames are in the file. */
static int
make_wal_checkpoint(struct jn_file *file, int mode, int64_t timeout_ms, bool *all)
{
    sqlite3 *handle = file->writer.handle;
    int frames = 0;
    int done = 0;
    int code;

    sqlite3_busy_timeout(handle, (int)timeout_ms);
    JN_FAILPOINT("checkpoint.begin");
    code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &frames, &done);
    JN_FAILPOINT("checkpoint.end");
    code = jn_database_file_code(&file->writer, code);
    sqlite3_busy_timeout(handle, (int)file->options.writer_timeout_ms);
    log_wal_checkpoint(file, frames, done);
    /* A sync that failed may have left a hole in the WAL, as one in a commit may. */
    if ((code & 0xff) == SQLITE_IOERR)
        atomic_store(&file->fenced, true);
    *all = code == SQLITE_OK && done == frames;
    return code;
}

enum jangle_result
jn_file_empty_log(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error)
{
    bool all;
    int code = make_wal_checkpoint(file, SQLITE_CHECKPOINT_TRUNCATE, timeout_ms, &all);

    if ((code & 0xff) == SQLITE_BUSY)
        return jn_fail(
            error, JANGLE_BUSY,
            "%s: recovery waits for readers that began before the last crash or "
            "error: try again when they have ended",
            file->path);
    return jn_database_result(&file->writer, code, error);
}

/* Empty the WAL while no reader of this process can begin, as it would be the next one in
 * the way. */
static void empty_without_readers(struct jn_file *file)
{
    bool done;

    jn_file_hold_readers(file, HOLD_MS);
    done = !jn_file_empty_log(file, HOLD_MS, NULL);
    jn_file_resume_readers(file);
    if (!done && !file->is_held)
        file->held_since_ms = now_ms(file);
    if (!done)
        log_held(file,
                 "the WAL cannot be emptied, because another program, or a backup, "
                 "reads an older state");
    else if (file->is_held)
        log_held(file, "the WAL is empty again");
    file->is_held = !done;
    if (done)
        jn_file_begin_log(file);
    else
        file->wait_at = file->log_frames + bound(file);
}

/* The length at which the next WAL checkpoint is made. One that a reader stopped is made
 * again when there is more to write, but no later than at the length at which readers
 * wait, or the WAL would grow beyond that. */
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
    make_wal_checkpoint(file, SQLITE_CHECKPOINT_PASSIVE, 0, &all);
    file->wal_checkpoint_at = next_wal_checkpoint(file, all);
    if (!atomic_load(&file->fenced) &&
        (file->log_frames >= file->wait_at || (all && file->is_held)))
        empty_without_readers(file);
}
