/* texts.c - a text that nothing has set is "", never NULL. */
#include "message/texts.h"

#include "message/member.h"

#include <string.h>

void jn_type_clear(const struct jangle_message *type, void *data)
{
    memset(data, 0, type->size);
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        if (field->kind == JANGLE_KIND_TEXT)
            *(const char **)jn_member_of(data, field) = "";
        else if (field->kind == JANGLE_KIND_NESTED)
            jn_type_clear(field->type, jn_member_of(data, field));
    }
}

/* A list without items has nothing to fill. One with a count and no items is not sound.
 */
static bool fill_list(const struct jangle_message *type, const void *member)
{
    struct jangle_list list = jn_list_read(member);
    bool is_sound = list.items || !list.count;

    for (size_t i = 0; is_sound && i < list.count; i++)
        is_sound = jn_type_fill_texts(type, (unsigned char *)list.items + i * type->size);
    return is_sound;
}

static void fill_text(const char **text)
{
    if (!*text)
        *text = "";
}

bool jn_type_fill_texts(const struct jangle_message *type, void *data)
{
    bool is_sound = true;

    for (const struct jangle_field *field = type->fields; field->name; field++) {
        void *member = jn_member_of(data, field);

        if (field->kind == JANGLE_KIND_TEXT)
            fill_text(member);
        else if (field->kind == JANGLE_KIND_NESTED)
            is_sound &= jn_type_fill_texts(field->type, member);
        else if (field->kind == JANGLE_KIND_LIST)
            is_sound &= fill_list(field->type, member);
        else if (field->kind == JANGLE_KIND_OPTIONAL_TEXT &&
                 ((jangle_optional_text *)member)->given)
            fill_text(&((jangle_optional_text *)member)->value);
    }
    return is_sound;
}
