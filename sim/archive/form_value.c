/* Values that are equal are the same bytes, whoever has written them. */
#include <stdlib.h>
#include <string.h>

#include "archive/form.h"

static int compare_texts(const void *a, const void *b)
{
    const struct cs_text *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);
    return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

static void add_value(const struct form_reader *reader, const struct form *form,
                      struct cs_text *text);

/* The parts of a list, one after the other. */
static void add_list(const struct form_reader *reader, const struct form *form,
                     struct cs_text *text)
{
    for (uint32_t i = form->first; i != FORM_NONE; i = form_at(reader, i)->next) {
        if (i != form->first)
            cs_text_add(text, " ");
        add_value(reader, form_at(reader, i), text);
    }
}

/* The parts of a set, or the pairs of a map, sorted: what was written first says nothing. */
static void add_sorted(const struct form_reader *reader, const struct form *form,
                       struct cs_text *text)
{
    size_t count = form_count(reader, form) / (form->kind == FORM_MAP ? 2 : 1), p = 0;
    struct cs_text *parts = calloc(count + 1, sizeof *parts);
    cs_assert(parts != NULL);
    for (uint32_t i = form->first; i != FORM_NONE; i = form_at(reader, i)->next) {
        add_value(reader, form_at(reader, i), &parts[p]);
        if (form->kind == FORM_MAP) {
            i = form_at(reader, i)->next;
            cs_assert(i != FORM_NONE);
            cs_text_add(&parts[p], " ");
            add_value(reader, form_at(reader, i), &parts[p]);
        }
        p++;
    }
    cs_assert(p == count);
    if (count > 1)
        qsort(parts, count, sizeof *parts, compare_texts);
    for (size_t i = 0; i < count; i++) {
        cs_text_add(text, i == 0 ? "" : " ");
        text_add_bytes(text, parts[i].data, parts[i].size);
        text_done(&parts[i]);
    }
    free(parts);
}

static void add_value(const struct form_reader *reader, const struct form *form,
                      struct cs_text *text)
{
    switch (form->kind) {
    case FORM_LIST:
        cs_text_add(text, "[");
        add_list(reader, form, text);
        cs_text_add(text, "]");
        return;
    case FORM_SET:
    case FORM_MAP:
        cs_text_add(text, form->kind == FORM_SET ? "#{" : "{");
        add_sorted(reader, form, text);
        cs_text_add(text, "}");
        return;
    case FORM_STRING:
        cs_text_add(text, "\"");
        text_add_bytes(text, form->text.data, form->text.size);
        cs_text_add(text, "\"");
        return;
    case FORM_NIL:
        cs_text_add(text, "nil");
        return;
    case FORM_WORD:
    case FORM_NUMBER:
        break;
    }
    text_add_bytes(text, form->text.data, form->text.size);
}

struct cs_bytes form_value(struct form_reader *reader, const struct form *form)
{
    if (form->kind != FORM_LIST && form->kind != FORM_SET && form->kind != FORM_MAP)
        return form->text;
    struct cs_text text = { 0 };
    add_value(reader, form, &text);
    char *kept = form_keep(reader, text.size);
    memcpy(kept, text.data, text.size);
    const struct cs_bytes value = cs_bytes_of(kept, text.size);
    text_done(&text);
    return value;
}
