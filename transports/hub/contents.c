/* contents.c - copies of what a parcel holds. */
#include "hub/contents.h"

/* Where the next text goes. */
struct writer {
    char *at;
};

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *write_text(struct writer *writer, const char *text)
{
    size_t size = text_size(text);
    char *copy = writer->at;

    if (!text)
        return NULL;
    memcpy(copy, text, size);
    writer->at += size;
    return copy;
}

static bool
has_header(const struct jangle_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(headers[i].name, name) == 0)
            return true;
    return false;
}

static size_t headers_size(const struct jangle_header *headers, size_t count)
{
    size_t size = count * sizeof *headers;

    for (size_t i = 0; i < count; i++)
        size += text_size(headers[i].name) + text_size(headers[i].value);
    return size;
}

static void write_header(struct writer *writer,
                         struct jangle_header *to,
                         const struct jangle_header *from)
{
    to->name = write_text(writer, from->name);
    to->value = write_text(writer, from->value);
}

/* Texts and body; the headers are written by the caller. */
static void write_parcel(struct writer *writer,
                         struct jangle_parcel *to,
                         const struct jangle_parcel *from)
{
    to->topic = write_text(writer, from->topic);
    to->route = write_text(writer, from->route);
    to->key = write_text(writer, from->key);
    to->id = write_text(writer, from->id);
    to->content_type = write_text(writer, from->content_type);
    to->body_size = from->body_size;
    to->body = writer->at;
    if (from->body_size)
        memcpy(writer->at, from->body, from->body_size);
}

struct jn_hub_contents *jn_hub_contents_copy(const struct jangle_allocator *allocator,
                                             const struct jangle_parcel *parcel,
                                             const struct jangle_header *extra,
                                             size_t extra_count)
{
    size_t size = sizeof(struct jn_hub_contents) + headers_size(extra, extra_count) +
                  headers_size(parcel->headers, parcel->header_count) +
                  text_size(parcel->topic) + text_size(parcel->route) +
                  text_size(parcel->key) + text_size(parcel->id) +
                  text_size(parcel->content_type) + parcel->body_size;
    struct jn_hub_contents *copy = jn_new(allocator, size);
    struct jangle_header *headers;
    struct writer writer;

    if (!copy)
        return NULL;
    headers = (struct jangle_header *)(copy + 1);
    writer.at = (char *)(headers + parcel->header_count + extra_count);
    copy->references = 1;
    copy->parcel.headers = headers;
    for (size_t i = 0; i < parcel->header_count; i++)
        if (!has_header(extra, extra_count, parcel->headers[i].name))
            write_header(&writer, &headers[copy->parcel.header_count++],
                         &parcel->headers[i]);
    for (size_t i = 0; i < extra_count; i++)
        write_header(&writer, &headers[copy->parcel.header_count++], &extra[i]);
    write_parcel(&writer, &copy->parcel, parcel);
    return copy;
}

void jn_hub_contents_drop(const struct jangle_allocator *allocator,
                          struct jn_hub_contents *contents)
{
    if (--contents->references == 0)
        jn_free(allocator, contents);
}
