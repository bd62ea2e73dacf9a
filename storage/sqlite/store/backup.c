/* backup.c - copy the store as it was after one commit, while others write. The copy gets
 * its name only when it is complete, so a crash leaves a temporary file. */
#include "sqlite/store/backup.h"

#include "sqlite/file/files.h"
#include "sqlite/file/group.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/pauses.h"

#include <stdio.h>
#include <unistd.h>

enum { PART_PAGES = 50 };

/* How a copy differs from its store: it has an epoch of its own, nobody has it open or
 * owns its subscribers, and its publishers and consumers are paused (ST-29). */
static const char *const differences =
    "PRAGMA journal_mode = DELETE;"
    "BEGIN IMMEDIATE;"
    "UPDATE store SET epoch = epoch + 1, checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum", JN_STORE_CHECKSUM("epoch"), JN_STORE_CHECKSUM("epoch + 1")) ";"
    "DELETE FROM sessions;"
    "UPDATE subscribers SET owned = 0, checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum", JN_SUBSCRIBER_CHECKSUM("owned", "marked", "first_name"),
        JN_SUBSCRIBER_CHECKSUM("0", "marked", "first_name")) " WHERE owned <> 0;";

struct copying {
    struct jn_file *file;
    struct jn_database from;
    struct jn_database to;
    char what[256]; /* for sentences: names both files, as either may be at fault */
    jangle_backup_fn *progress;
    void *context;
};

static enum jangle_result copy_pages(struct copying *copying, struct jangle_error *error)
{
    sqlite3_backup *backup =
        sqlite3_backup_init(copying->to.handle, "main", copying->from.handle, "main");
    bool go_on = true;
    int code = SQLITE_OK;

    if (!backup)
        return jn_database_result(&copying->to, sqlite3_errcode(copying->to.handle),
                                  error);
    while (go_on && code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, PART_PAGES);
        if (code == SQLITE_OK && copying->progress) {
            int64_t total = sqlite3_backup_pagecount(backup);

            go_on = copying->progress(copying->context,
                                      total - sqlite3_backup_remaining(backup), total);
        }
    }
    sqlite3_backup_finish(backup);
    if (!go_on)
        return jn_fail(error, JANGLE_CANCELLED, "%s: stopped on request", copying->what);
    return jn_database_result(&copying->to, code, error);
}

/* The copy is made in one read transaction, so that no commit of others restarts it or is
 * in it by half. The read of the epoch is what fixes the commit. */
static enum jangle_result copy_snapshot(struct copying *copying,
                                        struct jangle_error *error)
{
    enum jangle_result result = jn_database_do(&copying->from, "BEGIN", error);
    int64_t epoch;

    if (result)
        return result;
    result = jn_database_number(&copying->from, "SELECT epoch FROM store", &epoch, error);
    if (!result)
        result = copy_pages(copying, error);
    jn_database_do(&copying->from, "COMMIT", NULL);
    return result;
}

static enum jangle_result write_differences(struct copying *copying,
                                            struct jangle_error *error)
{
    const struct jangle_clock *clock = &copying->file->host->clock;
    enum jangle_result result = jn_database_run(&copying->to, differences, error);

    if (!result)
        result = jn_pause_copy(&copying->to, clock->now(clock->context), error);
    return result ? result : jn_database_run(&copying->to, "COMMIT", error);
}

/* The copied pages are one commit and the differences a second one. The file gets its
 * name after both, so that a crash leaves no copy that looks like a store in use. */
static enum jangle_result
copy_to(struct copying *copying, const char *temporary, struct jangle_error *error)
{
    struct jn_file *file = copying->file;
    int64_t busy_ms = file->options.writer_timeout_ms;
    enum jangle_result result = jn_file_connect(file, &copying->from, busy_ms, error);

    if (result)
        return result;
    result = jn_database_open(&copying->to, temporary, file->vfs, JN_MODE_FULL, busy_ms,
                              error);
    copying->to.path = copying->what;
    if (!result)
        result = copy_snapshot(copying, error);
    jn_database_close(&copying->to);
    jn_database_close(&copying->from);
    if (result)
        return result;

    /* Open it again, because the copied header says that it is in WAL mode. */
    result = jn_database_open(&copying->to, temporary, file->vfs, JN_MODE_FULL, busy_ms,
                              error);
    copying->to.path = copying->what;
    if (!result)
        result = write_differences(copying, error);
    jn_database_close(&copying->to);
    return result;
}

/* The full path of the copy. INVALID if anything is there. */
static enum jangle_result locate_copy(const struct jangle_host *host,
                                      const char *path,
                                      char **full_path,
                                      struct jangle_error *error)
{
    bool has_log;
    enum jangle_result result = jn_files_locate(&host->allocator, path, full_path, error);

    if (result)
        return result;
    result = jn_group_check_name(*full_path, error);
    if (!result)
        result = jn_group_check(*full_path, &has_log, error);
    if (!result && access(*full_path, F_OK) == 0)
        result =
            jn_fail(error, JANGLE_INVALID, "%s: is there already", jn_files_shown(path));
    if (result)
        jn_free(&host->allocator, *full_path);
    return result;
}

enum jangle_result jn_sqlite_backup(struct jangle_store *store,
                                    const char *path,
                                    jangle_backup_fn *progress,
                                    void *context,
                                    struct jangle_error *error)
{
    struct copying copying = {
        .file = jn_file_of(store), .progress = progress, .context = context};
    const struct jangle_host *host = copying.file->host;
    char *full_path;
    char *temporary = NULL;
    enum jangle_result result = jn_file_settle(copying.file, error);

    if (!result)
        result = locate_copy(host, path, &full_path, error);
    if (result)
        return result;
    result = jn_files_make_temporary(host, full_path, &temporary, error);
    if (!result) {
        jn_text_format(copying.what, sizeof copying.what, "%s, copied to %s",
                       copying.file->path, jn_files_shown(path));
        result = copy_to(&copying, temporary, error);
        if (!result)
            result = jn_files_publish(temporary, full_path, error);
        jn_group_unlink(temporary); /* what is left of it */
    }
    jn_free(&host->allocator, temporary);
    jn_free(&host->allocator, full_path);
    return result;
}
