/* known.h - is there what was named? A name that was mistyped finds nothing, and that is
 * not the same as nothing that fits. */
#ifndef ADMIN_KNOWN_H
#define ADMIN_KNOWN_H

#include "admin/call.h"

/* Could it stand for more than one name? */
bool jn_known_is_glob(const char *typed);

/* After a search found nothing: FOUND, and stderr says so, if there is no such stream, or
 * none of such a kind if `id` is NULL. OK: there is, or a glob or nothing was typed. */
enum jangle_exit
jn_known_stream(struct jangle_verb_call *call, const char *kind, const char *id);

/* The same of a saga's name, or NULL. */
enum jangle_exit jn_known_saga(struct jangle_verb_call *call, const char *saga);

#endif
