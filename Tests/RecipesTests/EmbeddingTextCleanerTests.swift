import Testing

@testable import TandemRecipes

@Suite struct TextFormatTests {
    @Test func isToldByTheEndOfTheName() {
        #expect(TextFormat(fileName: "a/b.TXT") == .plain)
        #expect(TextFormat(fileName: "README.md") == .markdown)
        #expect(TextFormat(fileName: "perl.pod") == .pod)
        #expect(TextFormat(fileName: "index.rst") == .reStructuredText)
        #expect(TextFormat(fileName: "a.b.html") == .html)
        for name in ["a.png", "txt", ".txt", "a.", "a.txt.gz", "Makefile"] {
            #expect(TextFormat(fileName: name) == nil, "\(name)")
        }
    }
}

@Suite struct TextCleanerTests {
    private func clean(_ text: String, _ format: TextFormat) -> [String] {
        TextCleaner.paragraphs(of: text, format: format)
    }

    @Test func plainTextKeepsEverythingButLineEnds() {
        let text = "\u{FEFF}One\r\ntwo\tthree.\r\n\r\n  \r\nFour\u{A0}five \rsix\n"
        #expect(clean(text, .plain) == ["One two three.", "Four five six"])
        #expect(clean("", .plain) == [])
        #expect(clean(" \n\n\t", .plain) == [])
    }

    @Test func podCommandsAndVerbatimParagraphs() {
        let text = """
            not pod yet

            =head1 NAME

            perl - The I<Perl 5> language
            interpreter

                my $code = "left out";

            =over 4

            =item * First B<point>

            =item 2.

            =item plain

            =back

            =begin html

            <b>left out</b>

            =end html

            =for comment left out

            =cut

            code, left out

            =pod

            Last.
            """
        #expect(
            clean(text, .pod) == [
                "NAME", "perl - The Perl 5 language interpreter", "First point", "plain", "Last.",
            ])
    }

    @Test func podFormattingCodes() {
        #expect(
            clean("=pod\n\nC<< $a <=> $b >> and C<< $x->{y} >> and B<I<both> F<a/b>>.", .pod)
                == ["$a <=> $b and $x->{y} and both a/b."])
        #expect(
            clean("=pod\n\nE<lt>p E<gt>E<sol>E<233>E<eacute>X<index entry>Z<>S<a b>.", .pod)
                == ["<p >/éé" + "a b."])
        #expect(
            clean("=pod\n\nSee L<the guide|perlguts/\"SVs\">, L<perlfunc/open>.", .pod)
                == ["See the guide, perlfunc open."])
        // Not codes: lower case, unfinished, comparison.
        #expect(clean("=pod\n\na<b> B<unfinished A < B", .pod) == ["a<b> B<unfinished A < B"])
    }

    @Test func markdownBlocks() {
        let text = """
            ---
            title: left out
            ---
            # Heading #

            Some *emphasised* and **strong** text
            over two lines.

                indented code, left out

                still code

            * item one
              continued
            2. item two

                a paragraph of the item

            > quoted words
            > go on

            ```swift
            # left out
            ```
            Setext
            ======
            | a | b |
            |---|:-:|
            | c | d |

            ***

            [ref]: http://example.org
            """
        #expect(
            clean(text, .markdown) == [
                "Heading", "Some emphasised and strong text over two lines.", "item one continued",
                "item two", "a paragraph of the item", "quoted words go on", "Setext", "a b", "c d",
            ])
    }

    @Test func markdownInlines() {
        #expect(
            clean(
                "A [link [x]](http://e.org/a_(b)), [ref][r], ![image](i.png), `code_word` and "
                    + "<b>tag</b> <http://e.org> 1 < 2 snake_case _it_ \\*star\\* AT&amp;T.",
                .markdown)
                == ["A link x, ref, image, code_word and tag 1 < 2 snake_case it star AT&T."])
    }

    @Test func reStructuredTextBlocks() {
        let text = """
            =======
             Title
            =======

            :Author: left out

            Text with *emphasis*, ``code`` and :ref:`label <target>`, a `link <http://e.org>`_.

            .. note:: Keep this
               admonition.

            .. code-block:: python
               :linenos:

               left_out()

               still out

            .. _target:

            .. A comment
               over two lines

            Section
            -------

            Example::

                left out

            Back.

            - one
            - two
              lines

            >>> left.out()
            'out'

            +---+---+
            | a | b |
            +===+===+
            """
        #expect(
            clean(text, .reStructuredText) == [
                "Title", "Text with emphasis, code and label, a link.", "Keep this admonition.",
                "Section", "Example:", "Back.", "one", "two lines", "a b",
            ])
    }

    @Test func htmlTextBetweenTags() {
        let text = """
            <!DOCTYPE html><html><head><title>Title</title><style>p > a { left: out }</style>
            <script>if (a < b) { "</p>" }</script></head>
            <body><!-- left <b>out</b> --><p class="a>b">One <b>bold</b>ly&nbsp;&amp; &#233;&#xE9;
            &unknown; 1 < 2</p><ul><li>item</li><li>other</ul><pre>left out</pre>
            <p>Last<br/>line</body>
            """
        #expect(
            clean(text, .html) == [
                "Title", "One boldly & éé &unknown; 1 < 2", "item", "other", "Last", "line",
            ])
        #expect(clean("<script>never closed", .html) == [])
        #expect(clean("a <!-- never closed", .html) == ["a"])
    }

    /// No input may crash a cleaner: every prefix of a text full of mark-up is read.
    @Test(arguments: TextFormat.allCases)
    func survivesTextCutAnywhere(format: TextFormat) {
        let text = Array(
            "=pod\n\nB<a L<< x|y >> E<lt\n\n# [a](b [c][ ![ <b c=\"d\n```\n.. x:: `a <b>`_ ::\n\n"
                + "  :r:`x\n\n<!-- <p>&#x110000; &amp &;</\n>>> \n|--|\n=begin x\n\n=end\n\n- \n1.")
        for end in 0...text.count {
            for paragraph in clean(String(text[..<end]), format) {
                #expect(!paragraph.isEmpty)
            }
        }
    }

    /// Mark-up that never ends must not take quadratic time or exhaust the stack.
    @Test(
        arguments: TextFormat.allCases,
        ["[", "B<", "B<< ", "<a ", "`", ":a", "![a](", "<!-- ", "! "])
    func survivesMarkupThatNeverEnds(format: TextFormat, piece: String) {
        let text = "=pod\n\nStart of text " + String(repeating: piece, count: 1_000)
        let closed =
            text + String(repeating: ">", count: 1_000) + String(repeating: "]", count: 2_000)
        for text in [text, closed] {
            let paragraphs = TextCleaner.scalarParagraphs(
                of: Scalars(text.unicodeScalars), format: format)
            let sentences = SentenceSplitter(minimumWords: 6, maximumWords: 60).sentences(
                of: paragraphs)
            #expect(
                sentences.first?.starts(with: format == .pod ? "Start of text" : "=pod") == true)
        }
    }
}
