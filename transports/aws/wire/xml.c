/* xml.c - the XML in which SNS and STS answer, by expat. */
#include "aws/wire/xml.h"
#include "aws/memory.h"
#include "aws/wire/text.h"

#include <expat.h>
#include <string.h>

enum { DEPTH_MAX = 16, NAME_SIZE = 64, TEXT_MAX = 256 << 10 };

struct reading {
    const struct jn_aws_xml_visitor *visitor;
    XML_Parser parser;
    char names[DEPTH_MAX][NAME_SIZE];
    size_t depth;
    bool has_elements; /* the innermost open element had others in it */
    bool failed;
    struct jn_aws_text text; /* of that element */
};

static void stop(struct reading *reading)
{
    reading->failed = true;
    XML_StopParser(reading->parser, XML_FALSE);
}

static void begin_element(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    const char *colon = strrchr(name, ':');

    (void)attributes;
    if (reading->depth == DEPTH_MAX) {
        stop(reading);
        return;
    }
    jn_text_copy(reading->names[reading->depth++], NAME_SIZE, colon ? colon + 1 : name);
    reading->has_elements = false;
    jn_aws_text_clear(&reading->text);
}

static void end_element(void *context, const char *full_name)
{
    struct reading *reading = context;
    const struct jn_aws_xml_visitor *visitor = reading->visitor;
    const char *name = reading->names[--reading->depth];
    const char *parent = reading->depth ? reading->names[reading->depth - 1] : "";
    bool goes_on = !reading->text.failed;

    (void)full_name;
    if (goes_on && !reading->has_elements)
        goes_on = visitor->leaf(visitor->context, parent, name,
                                reading->text.bytes ? reading->text.bytes : "");
    else if (goes_on && visitor->end)
        goes_on = visitor->end(visitor->context, name);
    reading->has_elements = true;
    if (!goes_on)
        stop(reading);
}

static void take_text(void *context, const char *text, int size)
{
    struct reading *reading = context;

    if (reading->has_elements)
        return;
    jn_aws_text_add_bytes(&reading->text, text, (size_t)size);
    if (reading->text.failed || reading->text.size > TEXT_MAX)
        stop(reading);
}

/* A document type may define entities that grow without bound. No answer has one. */
static void refuse_document_type(void *context,
                                 const char *name,
                                 const char *system,
                                 const char *identifier,
                                 int has_subset)
{
    (void)name, (void)system, (void)identifier, (void)has_subset;
    stop(context);
}

bool jn_aws_xml_visit(const void *bytes,
                      size_t size,
                      const struct jn_aws_xml_visitor *visitor)
{
    struct reading reading = {.visitor = visitor,
                              .text = jn_aws_text_in(&jn_aws_system_memory)};
    bool parsed;

    if (size > INT32_MAX)
        return false;
    reading.parser = XML_ParserCreate(NULL);
    if (!reading.parser)
        return false;
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, begin_element, end_element);
    XML_SetCharacterDataHandler(reading.parser, take_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, refuse_document_type);
    parsed = XML_Parse(reading.parser, bytes, (int)size, 1) == XML_STATUS_OK;
    XML_ParserFree(reading.parser);
    jn_aws_text_finish(&reading.text);
    return parsed && !reading.failed;
}
