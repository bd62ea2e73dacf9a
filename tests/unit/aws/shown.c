/* shown.c - parcels as text, so that a test compares all of them at once. */
#include "unit/aws/shown.h"

#include <stdlib.h>
#include <string.h>

static void add_line(FILE *text, const char *name, const char *value)
{
    if (value)
        fprintf(text, "%s: %s\n", name, value);
}

/* Bytes that are no text are shown as \NN. */
static void add_bytes(FILE *text, const char *name, const char *bytes, size_t size)
{
    fprintf(text, "%s: ", name);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte < ' ' || byte == 0xFF)
            fprintf(text, "\\%02X", byte);
        else
            fputc(byte, text);
    }
    fputc('\n', text);
}

void shown_parcel(FILE *text, const struct jangle_parcel *parcel)
{
    fputs("parcel\n", text);
    add_line(text, "topic", parcel->topic);
    add_line(text, "queue", parcel->queue);
    add_line(text, "route", parcel->route);
    add_line(text, "key", parcel->key);
    add_line(text, "id", parcel->id);
    add_line(text, "content-type", parcel->content_type);
    fprintf(text, "attempt: %d\n", parcel->attempt);
    for (size_t i = 0; i < parcel->header_count; i++) {
        const struct jangle_header *header = &parcel->headers[i];

        fputs("header ", text);
        add_bytes(text, header->name, header->value, strlen(header->value));
    }
    add_bytes(text, "body", parcel->body, parcel->body_size);
}

char *shown_file(const char *folder, const char *name)
{
    char path[1024], *text = NULL;
    size_t size = 0;
    FILE *file, *copy;
    int byte;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
        !(file = fopen(path, "r")))
        return NULL;
    copy = open_memstream(&text, &size);
    while (copy && (byte = fgetc(file)) != EOF)
        fputc(byte, copy);
    if (copy)
        fclose(copy);
    fclose(file);
    return text;
}
