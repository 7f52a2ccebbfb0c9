/* Text on standard output, wrapped between words. */
#ifndef COMMAND_PARAGRAPH_H
#define COMMAND_PARAGRAPH_H

/* Lines after the first begin at `indent`. */
struct paragraph {
    int indent, column;
};

/* Begin one with a name that takes `width` columns, after `indent` of them. */
struct paragraph paragraph_begin(int indent, int width, const char *name);
/* A word is not broken, whatever is in it. */
void paragraph_word(struct paragraph *paragraph, const char *word);
void paragraph_words(struct paragraph *paragraph, const char *text);
/* The rest of this paragraph on a line of its own. */
void paragraph_line(struct paragraph *paragraph);

#endif
