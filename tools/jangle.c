/* jangle.c - the command line of jangle: all verbs, without a program. */
#include <jangle/admin.h>

int main(int argc, char **argv)
{
    static const struct jangle_admin admin = {.name = "jangle"};

    return jangle_admin_main(&admin, argc, argv);
}
