package chatstream.nori;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.ko.KoreanAnalyzer;
import org.apache.lucene.analysis.ko.KoreanPartOfSpeechStopFilter;
import org.apache.lucene.analysis.ko.KoreanReadingFormFilter;
import org.apache.lucene.analysis.ko.KoreanTokenizer;
import org.apache.lucene.analysis.ko.POS;
import org.elasticsearch.common.settings.Settings;
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

/** Lucene's Korean analysis under the names and settings of Elastic's own analysis-nori plugin. */
public final class NoriPlugin extends Plugin implements AnalysisPlugin {

  @Override
  public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
    return Map.of("nori_tokenizer", (index, environment, name, settings) -> new Tokens(index, name, settings));
  }

  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return Map.of(
        "nori_part_of_speech", (index, environment, name, settings) -> stopTags(name, settings),
        "nori_readingform",
            (index, environment, name, settings) -> filter(name, settings, KoreanReadingFormFilter::new));
  }

  @Override
  public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
    return Map.of("nori", (index, environment, name, settings) -> new Korean(name, settings));
  }

  private static KoreanTokenizer.DecompoundMode mode(Settings settings) {
    String name = settings.get("decompound_mode", KoreanTokenizer.DEFAULT_DECOMPOUND.toString());
    return KoreanTokenizer.DecompoundMode.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Set<POS.Tag> tags(Settings settings) {
    if (!settings.hasValue("stoptags")) {
      return KoreanPartOfSpeechStopFilter.DEFAULT_STOP_TAGS;
    }
    return settings.getAsList("stoptags").stream().map(POS::resolveTag).collect(Collectors.toSet());
  }

  private static TokenFilterFactory stopTags(String name, Settings settings) {
    Set<POS.Tag> tags = tags(settings);
    return filter(name, settings, input -> new KoreanPartOfSpeechStopFilter(input, tags));
  }

  private static TokenFilterFactory filter(
      String name, Settings settings, Function<TokenStream, TokenStream> make) {
    return new AbstractTokenFilterFactory(name, settings) {
      @Override
      public TokenStream create(TokenStream input) {
        return make.apply(input);
      }
    };
  }

  private static final class Tokens extends AbstractTokenizerFactory {
    private final KoreanTokenizer.DecompoundMode mode;
    private final boolean discardPunctuation;

    Tokens(IndexSettings index, String name, Settings settings) {
      super(index, settings, name);
      mode = mode(settings);
      discardPunctuation = settings.getAsBoolean("discard_punctuation", true);
    }

    @Override
    public Tokenizer create() {
      return new KoreanTokenizer(
          KoreanTokenizer.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, null, mode, false, discardPunctuation);
    }
  }

  private static final class Korean extends AbstractIndexAnalyzerProvider<KoreanAnalyzer> {
    private final KoreanAnalyzer analyzer;

    Korean(String name, Settings settings) {
      super(name, settings);
      analyzer = new KoreanAnalyzer(null, mode(settings), tags(settings), false);
    }

    @Override
    public KoreanAnalyzer get() {
      return analyzer;
    }
  }
}
