#include "command/paragraph.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum { LINE = 90 }; /* columns */

struct paragraph paragraph_begin(int indent, int width, const char *name)
{
    int padding = MAX(width - (int)g_utf8_strlen(name, -1), 0);
    printf("%*s%s%*s", indent, "", name, padding, "");
    return (struct paragraph){ .indent = indent + width, .column = indent + width };
}

void paragraph_line(struct paragraph *paragraph)
{
    printf("\n%*s", paragraph->indent, "");
    paragraph->column = paragraph->indent;
}

void paragraph_word(struct paragraph *paragraph, const char *word)
{
    int size = (int)g_utf8_strlen(word, -1);
    bool first = paragraph->column == paragraph->indent;
    if (!first && paragraph->column + 1 + size > LINE) {
        paragraph_line(paragraph);
        first = true;
    }
    printf("%s%s", first ? "" : " ", word);
    paragraph->column += size + !first;
}

void paragraph_words(struct paragraph *paragraph, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **word = words; *word != NULL; word++)
        paragraph_word(paragraph, *word);
}
