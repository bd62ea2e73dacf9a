/* verb_help.c - the verbs that need no store: help and completion. */
#include "admin/verb_help.h"
#include "admin/call.h"
#include "admin/completion.h"
#include "admin/help.h"
#include "admin/manual.h"
#include "admin/markdown.h"

static enum jangle_exit help_of(struct jangle_verb_call *call, const char *word)
{
    char *words[] = {(char *)(uintptr_t)word};
    int taken;
    const struct jangle_verb *verb = jn_verb_find(call->set, 1, words, &taken);

    if (!verb) {
        jangle_verb_say(call, "there is no verb `%s`", word);
        return JANGLE_EXIT_USAGE;
    }
    jn_help_verb(&call->screen.held, call->set, verb);
    return JANGLE_EXIT_OK;
}

enum jangle_exit jn_run_help(struct jangle_verb_call *call)
{
    const char *word = jangle_verb_argument(call, 0);

    if (word)
        return help_of(call, word);
    if (jangle_verb_option(call, "man"))
        jn_manual_put(&call->screen.held, call->set);
    else if (jangle_verb_option(call, "markdown"))
        jn_markdown_put(&call->screen.held, call->set);
    else
        jn_help_overview(&call->screen.held, call->set);
    return JANGLE_EXIT_OK;
}

enum jangle_exit jn_run_completion(struct jangle_verb_call *call)
{
    const char *shell = jangle_verb_argument(call, 0);

    if (jn_completion_put(&call->screen.held, call->set, shell))
        return JANGLE_EXIT_OK;
    jangle_verb_say(call, "completion knows bash, zsh and fish, and not `%s`", shell);
    return JANGLE_EXIT_USAGE;
}
