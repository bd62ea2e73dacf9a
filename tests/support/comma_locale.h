/* comma_locale.h - locales that write 0,5: made in a directory of their own if the
 * machine has none. */
#ifndef COMMA_LOCALE_H
#define COMMA_LOCALE_H

#include <stdbool.h>

struct comma_locale {
    char directory[200];
    const char *name;
};

/* From now on numbers are written as there. "de_DE" has a comma, "ps_AF" a point of two
 * bytes. False, with a line that says so, if it cannot be had; the end, if CI=true. */
bool comma_locale_enter(struct comma_locale *locale, const char *name);
void comma_locale_leave(struct comma_locale *locale);

#endif
