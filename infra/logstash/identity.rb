# Gives a line of another program its identity and its service, for Logstash's ruby filter: the same
# as chatstream/domain/line_documents.py, so that a line is one document whoever indexed it.
require "digest"

def register(_params); end

def filter(event)
  line = event.get("message").to_s.sub(/[\r\n]+\z/, "")
  file = event.get("[log][file][path]").to_s.split("/").last.to_s.sub(/(\.log)(\.\d+)*\z/, '\1')
  process = file.delete_suffix(".log")
  node = process == "nginx-access" ? "nginx" : process
  dataset = event.get("[event][dataset]").to_s
  named = [file, event.get("[log][offset]"), line].join(":")
  event.set("message", line)
  event.set("[event][id]", Digest::SHA256.hexdigest(named)[0, 32])
  event.set("[event][kind]", "event")
  event.set("[event][module]", dataset.split(".").first)
  event.set("[log][file][path]", file)
  event.set("[service][node][name]", node)
  event.set("[service][name]", dataset == "chatstream.app" ? node.sub(/-\d+\z/, "") : node)
  [event]
end
