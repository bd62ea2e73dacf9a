/* verb_admin.c - the verb admin: jangle's own tools (docs/tools.md), with the code of the
 * bank, so that they can show the state of an account as of any of its events. */
#include "operate/verb_admin.h"
#include "app/bank.h"

#include <jangle/admin.h>

#include <stdlib.h>

int bank_admin(int argc, char *const *argv)
{
    const char *path = getenv("DB_JANGLE_BANKING_PATH");
    const struct jangle_admin admin = {.name = "bank admin",
                                       .location = path && *path ? path : "bank.db",
                                       .config = bank_config};

    return jangle_admin_main(&admin, argc, argv);
}

static int verb_admin(const struct options *options)
{
    char name[] = "admin";
    char *const words[] = {name, NULL};

    (void)options;
    return bank_admin(1, words);
}

static const struct verb verbs[] = {
    {"admin", "look at the bank with the tools of jangle: `bank admin help`", verb_admin,
     0, 0},
};

const struct verb_table admin_verbs = JANGLE_ARRAY(verbs);
