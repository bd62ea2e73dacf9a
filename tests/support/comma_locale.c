/* comma_locale.c - localedef makes what setlocale does not find. */
#include "support/comma_locale.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make(struct comma_locale *locale)
{
    const char *top = getenv("TMPDIR");
    char command[600];

    snprintf(locale->directory, sizeof locale->directory, "%s/locale-XXXXXX",
             top ? top : "/tmp");
    if (!mkdtemp(locale->directory))
        return false;
    snprintf(command, sizeof command,
             "localedef -c -i %s -f UTF-8 '%s/%s.UTF-8' >/dev/null 2>&1", locale->name,
             locale->directory, locale->name);
    if (system(command) == -1)
        return false;
    return setenv("LOCPATH", locale->directory, 1) == 0;
}

static bool enter(const struct comma_locale *locale)
{
    char full[40], half[16];

    snprintf(full, sizeof full, "%s.UTF-8", locale->name);
    if (!setlocale(LC_NUMERIC, full))
        return false;
    snprintf(half, sizeof half, "%.1f", 0.5);
    return strchr(half, '.') == NULL;
}

bool comma_locale_enter(struct comma_locale *locale, const char *name)
{
    *locale = (struct comma_locale){.name = name};
    if (enter(locale) || (make(locale) && enter(locale)))
        return true;
    comma_locale_leave(locale);
    printf("SKIPPED: the locale %s is not here and cannot be made (localedef)\n", name);
    if (getenv("CI") && strcmp(getenv("CI"), "true") == 0)
        exit(EXIT_FAILURE);
    return false;
}

void comma_locale_leave(struct comma_locale *locale)
{
    char command[300];

    setlocale(LC_ALL, "C");
    if (!*locale->directory)
        return;
    snprintf(command, sizeof command, "rm -r '%s'", locale->directory);
    if (system(command))
        printf("left behind: %s\n", locale->directory);
    unsetenv("LOCPATH");
}
