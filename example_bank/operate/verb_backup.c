/* verb_backup.c - the verb backup: copies the bank while it is in use. */
#include "operate/verb_backup.h"
#include "app/bank.h"
#include "cli/complaint.h"
#include "cli/progress.h"
#include "cli/stop.h"

static bool watch_copy(void *context, int64_t done, int64_t total)
{
    struct progress *progress = context;

    progress->total = total;
    progress_show(progress, done);
    return !stop_was_asked();
}

static int verb_backup(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);
    struct jangle_error error = {0};
    struct progress progress;
    enum jangle_result result;

    if (!bank)
        return 1;
    progress_begin(&progress, "pages", 0);
    result = jangle_backup(bank, options->file, watch_copy, &progress, &error);
    progress_end(&progress);
    bank_close(bank);
    if (result)
        return bank_complain("%s", error.message);
    printf("%s is a copy of %s; its views are built when it is opened.\n", options->file,
           options->db);
    return 0;
}

static const struct verb verbs[] = {
    {"backup", "copy the bank to a new file while it is in use", verb_backup, OPTION_FILE,
     0},
};

const struct verb_table backup_verbs = JANGLE_ARRAY(verbs);
