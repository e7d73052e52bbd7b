import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { lang, setLang } from './lib/words'
import 'element-plus/es/components/base/style/css'
import './style.css'

setLang(lang.value)
createApp(App).use(router).mount('#app')
