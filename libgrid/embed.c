/* Build tool: `embed NAME INPUT OUTPUT.c` writes INPUT as `const unsigned char NAME[]`,
 * NUL-terminated, and its length without the NUL as `const size_t NAME_size`. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: embed NAME INPUT OUTPUT\n");
        return 2;
    }
    FILE *in = fopen(argv[2], "rb");
    if (in == NULL) {
        perror(argv[2]);
        return 1;
    }
    FILE *out = fopen(argv[3], "w");
    if (out == NULL) {
        perror(argv[3]);
        fclose(in);
        return 1;
    }
    fprintf(out, "#include <stddef.h>\n");
    fprintf(out, "extern const unsigned char %s[];\nextern const size_t %s_size;\n", argv[1],
            argv[1]);
    fprintf(out, "const unsigned char %s[] = {", argv[1]);
    size_t size = 0;
    for (int byte = fgetc(in); byte != EOF; byte = fgetc(in))
        fprintf(out, "%s0x%02x,", size++ % 16 == 0 ? "\n" : "", (unsigned)byte);
    fprintf(out, "0};\nconst size_t %s_size = %zu;\n", argv[1], size);
    int bad = ferror(in) | ferror(out);
    bad |= fclose(in) | fclose(out);
    return bad ? 1 : 0;
}
