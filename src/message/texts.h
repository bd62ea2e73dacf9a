/* texts.h - a text that nothing has set is "", never NULL. */
#ifndef JN_TEXTS_H
#define JN_TEXTS_H

#include "message/describe.h"

/* Zero, but each text is "": a state before its first event. */
void jn_type_clear(const struct jangle_message *type, void *data);

/* Make each text that is NULL "", also in nested structs and in the items of lists. An
 * optional text that is not given stays as it is. False if a list has a count and no
 * items. */
bool jn_type_fill_texts(const struct jangle_message *type, void *data);

/* A text that may be NULL, as an optional member: NULL is absent. */
static inline jangle_optional_text jn_text_or_absent(const char *text)
{
    return (jangle_optional_text){text != NULL, text};
}

#endif
