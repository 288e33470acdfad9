package chatstream;

import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.ko.KoreanAnalyzer;
import org.apache.lucene.analysis.ko.KoreanPartOfSpeechStopFilter;
import org.apache.lucene.analysis.ko.KoreanReadingFormFilter;
import org.apache.lucene.analysis.ko.KoreanTokenizer;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.AbstractTokenizerFactory;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * Lucene's Korean analysis under the names of the official analysis-nori plugin, so that index
 * templates are the same here and in production. Options: decompound_mode, discard_punctuation.
 */
public class NoriPlugin extends Plugin implements AnalysisPlugin {
    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("nori_tokenizer", NoriTokenizer::new);
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of("nori_part_of_speech", PartOfSpeech::new, "nori_readingform", ReadingForm::new);
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of("nori", Nori::new);
    }

    static final class NoriTokenizer extends AbstractTokenizerFactory {
        private final KoreanTokenizer.DecompoundMode mode;
        private final boolean discardPunctuation;

        NoriTokenizer(IndexSettings index, Environment environment, String name, Settings settings) {
            super(index, settings, name);
            mode = KoreanTokenizer.DecompoundMode.valueOf(
                settings.get("decompound_mode", "discard").toUpperCase(java.util.Locale.ROOT));
            discardPunctuation = settings.getAsBoolean("discard_punctuation", true);
        }

        @Override
        public Tokenizer create() {
            return new KoreanTokenizer(
                KoreanTokenizer.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, null, mode, false, discardPunctuation);
        }
    }

    static final class PartOfSpeech extends AbstractTokenFilterFactory {
        PartOfSpeech(IndexSettings index, Environment environment, String name, Settings settings) {
            super(name, settings);
        }

        @Override
        public TokenStream create(TokenStream tokens) {
            return new KoreanPartOfSpeechStopFilter(tokens);
        }
    }

    static final class ReadingForm extends AbstractTokenFilterFactory {
        ReadingForm(IndexSettings index, Environment environment, String name, Settings settings) {
            super(name, settings);
        }

        @Override
        public TokenStream create(TokenStream tokens) {
            return new KoreanReadingFormFilter(tokens);
        }
    }

    static final class Nori extends AbstractIndexAnalyzerProvider<KoreanAnalyzer> {
        private final KoreanAnalyzer analyzer = new KoreanAnalyzer();

        Nori(IndexSettings index, Environment environment, String name, Settings settings) {
            super(name, settings);
        }

        @Override
        public KoreanAnalyzer get() {
            return analyzer;
        }
    }
}
