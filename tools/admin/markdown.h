/* markdown.h - the tables of docs/tools.md. */
#ifndef ADMIN_MARKDOWN_H
#define ADMIN_MARKDOWN_H

#include "admin/bytes.h"
#include "admin/verb_set.h"

void jn_markdown_put(struct jn_bytes *out, const struct jn_verb_set *set);

#endif
