/* verb_redrive.c - the verb redrive: dead letters at the broker go back into their queue.
 */
#include "serve/verb_redrive.h"
#include "app/bank.h"
#include "cli/complaint.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "domain/talk.h"
#include "serve/broker.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static const char *find_header(const struct jangle_parcel *parcel, const char *name)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (strcmp(parcel->headers[i].name, name) == 0)
            return parcel->headers[i].value;
    return "it does not say why";
}

static void print_letter(const struct jangle_parcel *parcel)
{
    char body[400];

    snprintf(body, sizeof body, "%.*s", (int)parcel->body_size,
             (const char *)parcel->body);
    text_print_safely(stdout, find_header(parcel, "jangle-reason"));
    fputs("\n  ", stdout);
    text_print_safely(stdout, body);
    putchar('\n');
}

/* What is to be done with a dead letter? After Ctrl-C the others stay where they are. */
static enum jangle_disposition treat_letter(void *context,
                                            const struct jangle_parcel *parcel)
{
    const struct options *options = context;
    struct timespec pause = {.tv_sec = options->wait / 1000,
                             .tv_nsec = options->wait % 1000 * 1000000};

    if (stop_was_asked())
        return JANGLE_DEAD;
    print_letter(parcel);
    if (options->dry_run)
        return JANGLE_DEAD;
    fflush(stdout);
    nanosleep(&pause, NULL);
    return stop_was_asked() ? JANGLE_DEAD : JANGLE_AGAIN;
}

static int redrive(struct jangle *bank, const struct options *options)
{
    struct options wanted = *options;
    struct jangle_redriven redriven = {0};
    struct jangle_error error = {0};
    int status = 0;

    if (jangle_redrive(bank, bank_counter.name, options->limit, treat_letter, &wanted,
                       &redriven, &error))
        status = bank_complain("%s", error.message);
    printf("%" PRId64 " dead letters seen, %" PRId64 " put back\n", redriven.seen,
           redriven.back);
    return status;
}

static int verb_redrive(const struct options *options)
{
    struct named_broker broker;
    struct jangle *bank =
        bank_broker_find(&broker) ? bank_open_with(options->db, 0, &broker.broker) : NULL;
    int status;

    if (!bank)
        return 1;
    status = redrive(bank, options);
    bank_close(bank);
    return status;
}

static const struct verb verbs[] = {
    {"redrive", "put messages that the bank gave up back into its queue", verb_redrive, 0,
     OPTION_LIMIT | OPTION_DRY_RUN | OPTION_WAIT},
};

const struct verb_table redrive_verbs = JANGLE_ARRAY(verbs);
