import Foundation
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct PerlQuestionsTests {
    private static let isInstalled = (try? PerlQuestions.read()) != nil
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func pods() throws -> String {
        let text = """
            =head1 NAME

            perlfaq2 - Things

            =head2 What is C<foo>, and
            why?

            It is B<bar>.

                print "left out";

            See L<perlfunc/"sort">.

            =over 4

            =item * One

            =back

            =head2 Only code?

                print "left out";

            =head1 Other

            =head2 Last one?

            Yes.

            =head1 AUTHOR AND COPYRIGHT

            Nobody's answer.
            """
        _ = try folder.put(Array(text.utf8), "perlfaq2.pod")
        _ = try folder.put(Array("=head2 Not read?\n\nNo.\n".utf8), "perlfaq.pod")
        return folder.path
    }

    @Test func titlesAreQuestionsAndProseIsTheirAnswer() throws {
        let pairs = try PerlQuestions.read(pods())
        #expect(
            pairs == [
                DialoguePair(
                    id: "perlfaq2-001", question: "What is foo, and why?",
                    answer: "It is bar.\nSee perlfunc sort .\nOne", category: "perlfaq2",
                    source: "perlfaq"),
                DialoguePair(
                    id: "perlfaq2-003", question: "Last one?", answer: "Yes.",
                    category: "perlfaq2", source: "perlfaq"),
            ])
    }

    @Test func theFileIsReadBack() throws {
        let pods = try pods()
        let output = folder.file("out")
        let summary = try PerlQuestions.write(to: output, pods: pods)
        #expect(summary.pairs == 2 && summary.path == output + "/pairs.jsonl")
        #expect(summary.categories.map(\.pairs) == [0, 2, 0, 0, 0, 0, 0, 0, 0])
        #expect(try DialogueFile.read(output).pairs == PerlQuestions.read(pods))
        #expect(
            dialogueError { try PerlQuestions.write(to: output, pods: pods) }
                == .exists(path: output + "/pairs.jsonl"))
        try PerlQuestions.write(to: output, pods: pods, overwrites: true)
    }

    @Test func aFolderWithoutQuestionsIsRefused() throws {
        let output = folder.file("out")
        #expect(
            dialogueError { try PerlQuestions.write(to: output, pods: folder.path) }
                == .noPerlQuestions(folder: folder.path))
        #expect(try folder.names() == [])
    }

    /// Without any setting there are data to train on, where Debian's package is installed.
    @Test(.enabled(if: isInstalled, "no documentation of Perl"))
    func theDocumentationOfThisMachineIsTheDefault() throws {
        let data = try DialogueData(DialogueDataConfiguration())
        #expect(data.pairs.count > 250)
        #expect(Set(data.pairs.map(\.category)) == Set(PerlQuestions.parts))
        #expect(data.split.test.count > 25 && data.split.validation.count > 25)
        #expect(data.statistics.similarity.mean > 0.1)
    }
}
