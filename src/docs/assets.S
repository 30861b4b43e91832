// The compressed files of the page, between two symbols each: kName and kNameEnd of assets.cc.
#define ASSET(name, file) \
  .globl name;            \
  name:                   \
  .incbin file;           \
  .globl name##_end;      \
  name##_end:

  .section .rodata.dragoman_docs, "a", %progbits
ASSET(dragoman_docs_page_css, "page.css.gz")
#ifdef DRAGOMAN_DOCS
ASSET(dragoman_docs_page_js, "page.js.gz")
ASSET(dragoman_docs_reference_js, "reference.js.gz")
#endif
  .section .note.GNU-stack, "", %progbits
