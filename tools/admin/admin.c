/* admin.c - one run of the command line: find the verb, read what was typed, run it,
 * write what it has to say. */
#include "admin/arguments.h"
#include "admin/help.h"
#include "admin/verbs.h"

#include <stdio.h>
#include <string.h>

/* What the end of the output makes of the end of the verb. */
static enum jangle_exit finish(struct jangle_verb_call *call, enum jangle_exit status)
{
    bool closed;

    jangle_verb_flush(call);
    closed = call->screen.closed;
    if (!jn_screen_end(&call->screen)) {
        jangle_verb_say(call, "the output cannot be written: %s",
                        strerror(call->screen.error));
        return JANGLE_EXIT_UNREAD;
    }
    if (jn_stop_came())
        return JANGLE_EXIT_STOPPED;
    return closed ? JANGLE_EXIT_OK : status;
}

static enum jangle_exit run(struct jangle_verb_call *call)
{
    struct jn_stop stop;
    enum jangle_exit status;

    jn_screen_begin(&call->screen);
    if (jangle_verb_option(call, "help")) {
        jn_help_verb(&call->screen.held, call->set, call->verb);
        return finish(call, JANGLE_EXIT_OK);
    }
    if (call->verb->needs != JANGLE_NEEDS_NOTHING && jangle_verb_option(call, "no-pager"))
        jn_screen_follow(&call->screen);
    jn_stop_begin(&stop);
    status = finish(call, call->verb->run(call));
    jn_stop_end(&stop);
    jn_call_finish(call);
    return status;
}

static enum jangle_exit print_overview(struct jangle_verb_call *call)
{
    jn_screen_begin(&call->screen);
    jn_help_overview(&call->screen.held, call->set);
    return finish(call, JANGLE_EXIT_OK);
}

static enum jangle_exit print_version(struct jangle_verb_call *call)
{
    const struct jangle_admin *admin = call->admin;

    jn_screen_begin(&call->screen);
    jn_bytes_format(&call->screen.held, "%s %s\n", admin->name,
                    admin->version ? admin->version : jangle_version());
    return finish(call, JANGLE_EXIT_OK);
}

static enum jangle_exit complain_empty(const struct jn_verb_set *set)
{
    struct jn_bytes page = {0};

    jn_help_overview(&page, set);
    fputs(jn_bytes_string(&page), stderr);
    jn_bytes_free(&page);
    return JANGLE_EXIT_USAGE;
}

static enum jangle_exit complain_unknown(const struct jangle_verb_call *call,
                                         const char *typed)
{
    const char *meant = jn_verb_suggest(call->set, typed);

    if (meant)
        jangle_verb_say(call, "there is no verb `%s`; did you mean `%s`?", typed, meant);
    else
        jangle_verb_say(call, "there is no verb `%s`; `%s help` lists them", typed,
                        call->admin->name);
    return JANGLE_EXIT_USAGE;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return !strcmp(word, a) || !strcmp(word, b);
}

int jangle_admin_main(const struct jangle_admin *admin, int argc, char *const *argv)
{
    const struct jn_verb_set set = {admin, &jn_verbs};
    struct jangle_verb_call call = {.admin = admin, .set = &set};
    int taken;

    if (argc < 2)
        return (int)complain_empty(&set);
    if (is_one_of(argv[1], "--help", "-h"))
        return (int)print_overview(&call);
    if (is_one_of(argv[1], "--version", "-V"))
        return (int)print_version(&call);
    call.verb = jn_verb_find(&set, argc - 1, argv + 1, &taken);
    if (!call.verb)
        return (int)complain_unknown(&call, argv[1]);
    if (!jn_arguments_read(&call, argc - 1 - taken, argv + 1 + taken))
        return JANGLE_EXIT_USAGE;
    return (int)run(&call);
}
