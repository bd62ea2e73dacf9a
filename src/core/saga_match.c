/* saga_match.c - which saga an event is for: by the member that holds its id, or by a
 * function of the saga's own. */
#include "core/saga_match.h"

#include "core/registry_find.h"
#include "message/describe.h"
#include "message/member.h"

static const struct jangle_field *field_of(const struct jangle_message *type,
                                           const char *name)
{
    const struct jangle_field *field = type->fields;

    while (field->name && strcmp(field->name, name) != 0)
        field++;
    return field->name ? field : NULL;
}

bool jn_saga_has_id(const struct jangle_saga *saga, const struct jangle_message *event)
{
    const struct jangle_field *field;

    if (saga->id_of)
        return true;
    field = field_of(event, saga->id_member);
    return field &&
           (field->kind == JANGLE_KIND_TEXT || field->kind == JANGLE_KIND_OPTIONAL_TEXT);
}

/* "" and NULL are no ids: then the event is for no saga. */
const char *jn_saga_id_of(const struct jn_saga_type *type,
                          const struct jangle_event *event)
{
    const struct jangle_saga *saga = type->saga;
    enum jangle_kind kind;
    const void *value;
    const char *id;

    if (saga->id_of) {
        id = saga->id_of(event);
    } else {
        value =
            jn_member_value(event->data, field_of(event->type, saga->id_member), &kind);
        id = value ? *(const char *const *)value : NULL;
    }
    return id && *id ? id : NULL;
}

const struct jangle_applier *jn_saga_applier(const struct jn_saga_type *type,
                                             const struct jangle_message *event)
{
    return jn_row_applier(&type->saga->events, jn_type_name(event));
}

bool jn_saga_begins(const struct jn_saga_type *type, const struct jangle_message *event)
{
    const struct jangle_message *begins = type->saga->begins_with;

    return !begins || !strcmp(jn_type_name(begins), jn_type_name(event));
}

/* ---- keys of parked rows ------------------------------------------------------ */

/* A saga's event and its timeout are parked under keys of their own, so that one can wait
 * while the other is tried. The kind of the row tells which of the two a key is. */

static const char saga_prefix[] = "saga/";
static const char timeout_prefix[] = "timeout/";

const char *jn_saga_key(struct jangle_arena *arena, const char *id)
{
    return jangle_text(arena, "%s%s", saga_prefix, id);
}

const char *jn_saga_timeout_key(struct jangle_arena *arena, const char *id)
{
    return jangle_text(arena, "%s%s", timeout_prefix, id);
}

const char *jn_saga_id_of_key(enum jangle_parked_kind kind, const char *key)
{
    if (kind == JANGLE_PARKED_SAGA)
        return key + sizeof saga_prefix - 1;
    return kind == JANGLE_PARKED_TIMEOUT ? key + sizeof timeout_prefix - 1 : NULL;
}
